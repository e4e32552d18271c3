"""Running benchmarks: emulator and real kernel alternate; medians are compared."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from thpsh.cli.bench import largepages3, real
from thpsh.cli.bench.measure import Measured
from thpsh.cli.bench.table import benchmarks
from thpsh.cli.host_files import HostFiles
from thpsh.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from thpsh.cli.bench.largepages3 import Phase
    from thpsh.cli.bench.measure import Benchmark

ROUNDS: Final = 5
_HOSTLESS: Final = ("startup", "round")  # their twins need neither Linux nor memory


def chosen(names: Sequence[str]) -> list[Benchmark]:
    """The benchmarks of these names, or all."""
    known = benchmarks()
    for name in names:
        if name not in known:
            raise UsageError(f"bench: {name}: no such benchmark; expected {', '.join(known)} or {largepages3.NAME}")
    return [known[name] for name in names] or list(known.values())


def measure(benchmark: Benchmark, rounds: int, twins: bool) -> Measured:
    """Measure one benchmark, a round of the emulator after a round of the real kernel."""
    found = Measured(benchmark)
    for _ in range(rounds):
        if benchmark.real is not None and (twins or benchmark.name in _HOSTLESS):
            found.real.append(benchmark.real())
        found.emulated.append(benchmark.emulated())
    return found


def run(names: Sequence[str], rounds: int, say: Callable[[str], object]) -> list[Measured]:
    """Measure and say each result as it comes."""
    selected = chosen(names)
    twins = real.possible()
    results = []
    say(f"{'benchmark':<10}{'emulated':>12}{'real':>12}{'ratio':>10}{'target':>10}  {'faults':<17}\n")
    for benchmark in selected:
        results.append(measure(benchmark, rounds, twins))
        say(line(results[-1]) + "\n")
    return results


def run_simulated(say: Callable[[str], object]) -> list[Phase]:
    """Do the seed's benchmark in simulated time and say each phase as it comes."""
    say(f"{largepages3.NAME}: microseconds of simulated time, and those of the core commit's machine\n")
    results = []
    for phase in largepages3.phases():
        results.append(phase)
        say(phase.line() + "\n")
    return results


def line(measured: Measured) -> str:
    """One row of the table."""
    bench = measured.benchmark
    emulated_faults, real_faults = measured.faults
    cells = [
        f"{bench.name:<10}",
        f"{_value(measured.emulated_value, bench.unit):>12}",
        f"{_value(measured.real_value, bench.unit):>12}",
        f"{_number(measured.ratio):>10}",
        f"{_value(bench.target, bench.unit) if bench.real is None else _number(bench.target):>10}",
        f"  {'' if emulated_faults is None else f'{emulated_faults}/{real_faults}':<17}",
        "met" if measured.met else "no twin here" if bench.real and measured.real_value is None else "MISSED",
    ]
    return "".join(cells)


def _value(value: float | None, unit: str) -> str:
    """A measured value in a unit fit to read."""
    if value is None:
        return "-"
    if unit != "s":
        return f"{value:.3f} {unit}"
    return f"{value:.3f} s" if value >= 1 else f"{value * 1000:.3f} ms"


def _number(value: float | None) -> str:
    """A ratio, small ones as a fraction."""
    if value is None:
        return "-"
    return f"1/{1 / value:.0f}" if 0 < value <= 0.2 else f"{value:.2f}"


def bench(options: argparse.Namespace) -> int:
    """The form `thpsh bench`: 0 when all targets are met that can be measured here, else 1."""
    if options.rounds < 1:
        raise UsageError(f"bench: --rounds {options.rounds}: expected 1 or more")
    out = sys.stderr if options.json == "-" else sys.stdout

    def say(text: str) -> None:
        out.write(text)
        out.flush()

    timed = [name for name in options.words if name != largepages3.NAME]
    results = run(timed, options.rounds, say) if timed or not options.words else []
    simulated = run_simulated(say) if timed != options.words or not options.words else []
    if options.json:
        HostFiles().write(options.json, as_json([*results, *simulated]))
    wrong = [measured.benchmark.name for measured in results if not measured.same_faults]
    if wrong:
        sys.stderr.write(f"bench: {', '.join(wrong)}: the two sides did not make the same number of minor faults\n")
    missed = any(not m.met for m in results if m.real_value is not None or m.benchmark.real is None)
    return 1 if missed or wrong or not all(phase.met for phase in simulated) else 0


def as_json(results: Sequence[Measured | Phase]) -> str:
    """A list with an object per benchmark."""
    return json.dumps([measured.as_json() for measured in results], indent=2) + "\n"
