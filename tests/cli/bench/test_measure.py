"""One benchmark: medians, ratio, target, faults."""

from tests.cli.bench.sampled import measured
from thpsh.cli.bench.measure import Benchmark, Measured, Sample


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


def test_a_measured_without_rounds_on_the_real_kernel_has_no_ratio():
    found = Measured(Benchmark("x", "x", lambda: Sample(1.0), lambda: Sample(1.0), 2.0), [Sample(1.0)])
    assert (found.real_value, found.ratio, found.met) == (None, None, False)


def test_faults_are_those_of_the_middle_round():
    found = Measured(Benchmark("x", "x", lambda: Sample(1.0), None, 2.0))
    found.emulated += [Sample(1.0, 9), Sample(1.0, 3), Sample(1.0, 5)]
    found.real += [Sample(1.0, 4)]
    assert found.faults == (5, 4)
    assert not found.same_faults
