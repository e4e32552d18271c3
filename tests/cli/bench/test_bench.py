"""`thpsh bench`: medians, ratios, targets, and the object other programs read."""

import json

import pytest

from thpsh.cli.bench import main, real
from thpsh.cli.bench.measure import Benchmark, Measured, Sample
from thpsh.cli.bench.table import benchmarks
from thpsh.errors import UsageError


def sampled(values, faults=None):
    """A measurement that yields the given values in turn."""
    remaining = list(values)
    return lambda: Sample(remaining.pop(0), faults)


def measured(emulated, twin, target, faults=(7, 7)):
    bench = Benchmark("x", "x", sampled(emulated, faults[0]), sampled(twin, faults[1]) if twin else None, target)
    return main.measure(bench, len(emulated), twins=True)


def test_medians_make_the_ratio():
    found = measured([1.0, 9.0, 2.0], [4.0, 100.0, 8.0], 0.5)
    assert (found.emulated_value, found.real_value, found.ratio, found.met) == (2.0, 8.0, 0.25, True)


def test_a_ratio_above_the_target_misses_it():
    assert not measured([2.0], [1.0], 1.5).met


def test_without_a_twin_the_value_itself_is_compared():
    found = measured([0.003], None, 0.002)
    assert (found.real_value, found.ratio, found.met) == (None, None, False)
    assert measured([0.001], None, 0.002).met


def test_different_numbers_of_faults_are_seen():
    assert not measured([1.0], [1.0], 2.0, faults=(7, 8)).same_faults
    assert measured([1.0], [1.0], 2.0, faults=(7, 7)).same_faults
    assert measured([1.0], [1.0], 2.0, faults=(None, 7)).same_faults


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


def test_the_table_has_the_benchmarks_with_their_targets():
    targets = {name: bench.target for name, bench in benchmarks().items()}
    assert targets == {
        "touch": 1 / 200,
        "munmap": 1 / 50,
        "fork": 1 / 25,
        "random": 1.5,
        "cow": 1.5,
        "collapse": 1 / 50,
        "crowd": 5.0,
        "round": 1.5,
        "boot16t": 0.002,
        "memory": 0.5,
        "startup": 6.0,
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


def test_a_measured_without_rounds_has_no_ratio():
    assert Measured(benchmarks()["touch"]).real_value is None
