"""latency: how long page faults took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.observe.latency import PARTS
from thpsh.render.report import Report, show
from thpsh.trace.events.fault import FaultKind

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.observe.latency import Distribution

_WORDS: Final = {kind.word: kind for kind in FaultKind}
_NS_PER_US: Final = 1000
DETAILS: Final = """\
Microseconds of simulated time: half of the faults took no longer than p50, 99
of 100 no longer than p99. The columns after `total` say how much of it was
spent clearing and copying pages, reading from disk or swap, and waiting for
compaction and reclaim. `expect latency huge p99 <= 800` works."""


_UNIT: Final = "all but the count in microseconds of simulated time"


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("kind", metavar="KIND", nargs="?", choices=list(_WORDS), help="only faults of this kind")
    parser.add_argument("--reset", action="store_true", help="forget what was measured so far")
    json_argument(parser)


def run(call: Call) -> None:
    """Print a row for each kind of fault there was."""
    latency = call.machine.latency
    if call.option("reset"):
        latency.reset()
        return
    chosen = call.option("kind")
    kinds = [_WORDS[chosen]] if chosen else list(FaultKind)
    rows = [_row(kind, latency.kinds[kind]) for kind in kinds if kind in latency.kinds]
    columns = ("fault", "count", "p50", "p99", "max", "total", *PARTS)
    notes = () if rows else ("no faults of this kind yet" if chosen else "no faults yet",)
    show(Report(columns, rows, notes, unit=_UNIT), call.out, as_json=call.option("json"))


def _row(kind: FaultKind, found: Distribution) -> tuple[object, ...]:
    times = (found.percentile(50), found.percentile(99), max(found.times), found.total)
    parts = (found.parts.get(part, 0) for part in PARTS)
    return (kind.word, found.count, *(round(time / _NS_PER_US, 3) for time in (*times, *parts)))


COMMAND = Command(
    name="latency",
    group="Views",
    summary="how long page faults took, by kind, and what for",
    details=DETAILS,
    example="latency",
    arguments=_arguments,
    run=run,
)
