"""The seed's benchmark in simulated time."""

import json

import pytest

from thpsh.cli.bench import largepages3, main
from thpsh.cli.bench.largepages3 import MEASURED, STEPS, Phase, simulate


@pytest.mark.parametrize("mode", ["hugetlbfs", "always", "never"])
def test_every_phase_comes_within_one_percent_of_both_runs(mode):
    times = simulate(mode)
    assert len(times) == len(STEPS)
    for time, runs in zip(times, MEASURED[mode], strict=True):
        for run in runs:
            assert time == pytest.approx(run, rel=0.01)


def test_a_phase_is_met_within_its_tolerance():
    assert Phase("always", "x", 100.9, 100).met
    assert not Phase("always", "x", 98.9, 100).met


def test_a_phase_is_an_object_with_seconds():
    found = Phase("never", "memset", 2_000_000, 2_500_000).as_json()
    assert found == {
        "name": "largepages3 never: memset", "unit": "s", "emulated_s": 2.0, "real_s": 2.5, "ratio": 0.8,
        "target": 0.01, "rounds": 1, "met": False,
    }  # fmt: skip


def test_a_row_shows_both_and_how_far_they_are_apart():
    row = Phase("never", "memset", 100_900, 100_000).line()
    assert row.split() == ["never", "memset", "100900", "100000", "+0.90", "%", "met"]


def test_it_is_said_phase_by_phase(monkeypatch):
    monkeypatch.setattr(largepages3, "phases", lambda: iter([Phase("always", "memset", 1, 1)]))
    said = []
    results = main.run_simulated(said.append)
    assert [line.split()[0] for line in said] == ["largepages3:", "always"]
    assert json.loads(main.as_json(results))[0]["met"] is True
