"""`thpsh bench`: which benchmarks run, how, and what is printed."""

import argparse
import json

import pytest

from tests.cli.bench.sampled import measured, sampled
from thpsh.cli.bench import main, real
from thpsh.cli.bench.measure import Benchmark
from thpsh.cli.bench.table import benchmarks
from thpsh.errors import UsageError


def test_the_json_has_an_object_per_benchmark():
    (found,) = json.loads(main.as_json([measured([1.0], [4.0], 0.5)]))
    assert found == {
        "name": "x",
        "unit": "s",
        "emulated_s": 1.0,
        "real_s": 4.0,
        "ratio": 0.25,
        "target": 0.5,
        "rounds": 1,
        "met": True,
        "emulated_faults": 7,
        "real_faults": 7,
    }


def test_an_unknown_name_is_refused():
    with pytest.raises(UsageError, match="nonsense: no such benchmark; expected touch, munmap"):
        main.chosen(["touch", "nonsense"])


def test_a_row_shows_small_ratios_as_fractions():
    row = main.line(measured([0.01], [2.0], 1 / 200))
    assert row.split() == ["x", "10.000", "ms", "2.000", "s", "1/200", "1/200", "7/7", "met"]


def test_a_small_run_of_the_emulator_measures_faults():
    found = benchmarks()["boot16t"].emulated()
    assert found.value > 0


@pytest.mark.skipif(not real.possible(), reason="no Linux with 5 GiB of free memory")
@pytest.mark.slow
def test_both_sides_of_copy_on_write_make_the_same_faults():
    found = main.measure(benchmarks()["cow"], 3, twins=True)
    assert found.faults == (78643, 78643)


def test_sides_alternate_and_without_twins_only_the_emulator_runs():
    order = []
    bench = Benchmark("x", "x", lambda: order.append("emulated"), lambda: order.append("real"), 1.0)
    main.measure(bench, 2, twins=True)
    assert order == ["real", "emulated", "real", "emulated"]
    order.clear()
    main.measure(bench, 2, twins=False)
    assert order == ["emulated", "emulated"]


def test_without_names_all_are_chosen_in_their_order():
    assert [bench.name for bench in main.chosen([])] == list(benchmarks())
    assert [bench.name for bench in main.chosen(["fork", "touch"])] == ["fork", "touch"]


@pytest.mark.parametrize(
    ("emulated", "twin", "target", "last"),
    [
        ([1.0], [2.0], 0.6, "met"),
        ([1.0], [2.0], 0.4, "MISSED"),
        ([1.0], None, 0.5, "MISSED"),
        ([1.0], None, 2.0, "met"),
    ],
)
def test_a_row_ends_with_the_verdict(emulated, twin, target, last):
    assert main.line(measured(emulated, twin, target)).split()[-1] == last


@pytest.fixture
def bench(monkeypatch, capsys):
    """Run the form on one made-up benchmark: status, output, errors."""

    def bench(emulated, twin, target, faults=(1, 1), **options):
        made = Benchmark("x", "x", sampled(emulated, faults[0]), sampled(twin, faults[1]), target)
        monkeypatch.setattr(main, "benchmarks", lambda: {"x": made})
        monkeypatch.setattr(real, "possible", lambda: True)
        status = main.bench(argparse.Namespace(words=["x"], rounds=len(emulated), **{"json": None, **options}))
        return status, *capsys.readouterr()

    return bench


def test_the_status_says_whether_all_targets_are_met(bench):
    status, out, err = bench([1.0], [2.0], 0.6)
    assert (status, err) == (0, "")
    assert out.splitlines()[1].split() == ["x", "1.000", "s", "2.000", "s", "0.50", "0.60", "1/1", "met"]
    assert bench([1.0], [2.0], 0.4)[0] == 1


def test_different_work_on_both_sides_is_a_failure(bench):
    status, _, err = bench([1.0], [2.0], 0.6, faults=(1, 2))
    assert status == 1
    assert err == "bench: x: the two sides did not make the same number of minor faults\n"


def test_json_on_standard_output_stands_there_alone(bench):
    status, out, err = bench([1.0], [2.0], 0.6, json="-")
    assert (status, json.loads(out)[0]["name"]) == (0, "x")
    assert err.splitlines()[1].split()[0] == "x"


def test_no_rounds_are_refused():
    with pytest.raises(UsageError, match="bench: --rounds 0: expected 1 or more"):
        main.bench(argparse.Namespace(words=[], rounds=0, json=None))
