"""Benchmarks that measure nothing: they yield values told beforehand."""

from thpsh.cli.bench import main
from thpsh.cli.bench.measure import Benchmark, Sample


def sampled(values, faults=None):
    """A measurement that yields the given values in turn."""
    remaining = list(values)
    return lambda: Sample(remaining.pop(0), faults)


def measured(emulated, twin, target, faults=(7, 7)):
    bench = Benchmark("x", "x", sampled(emulated, faults[0]), sampled(twin, faults[1]) if twin else None, target)
    return main.measure(bench, len(emulated), twins=True)
