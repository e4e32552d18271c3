"""The benchmarks there are."""

from thpsh.cli.bench.measure import Measured
from thpsh.cli.bench.table import benchmarks


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
        "snapshot": 0.05,
        "memory": 0.5,
        "startup": 6.0,
    }


def test_a_measured_without_rounds_has_no_ratio():
    assert Measured(benchmarks()["touch"]).real_value is None


def test_each_says_what_it_measures_under_its_own_name():
    for name, bench in benchmarks().items():
        assert bench.name == name
        assert bench.summary
