"""vmstat: what happened, line by line over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.commands.passing import let_pass
from thpsh.errors import UsageError
from thpsh.render.report import Report, show
from thpsh.structs.sizes import parse_duration

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


MOST = 10_000
_EVENTS = ("pgfault", "pgmajfault", "thp_fault_alloc", "thp_fault_fallback", "thp_split", "thp_collapse_alloc")


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("duration", metavar="DURATION", nargs="?", help="simulated time between two lines")
    parser.add_argument("times", metavar="N", nargs="?", type=int, default=1, help="how many lines (default 1)")
    json_argument(parser)


def run(call: Call) -> None:
    """Print free memory and events: the first line since boot, the others since the line before."""
    times = call.option("times")
    pause = parse_duration(call.option("duration")) if call.option("duration") else 0
    if not 1 <= times <= MOST:
        raise UsageError(f"{times}: expected 1 to {MOST} lines")
    rows = []
    before = dict.fromkeys(_EVENTS, 0)
    for turn in range(times):
        if turn:
            let_pass(call, pause)
            call.session.finish()
        now = {name: call.machine.vm_events.get(name) for name in _EVENTS}
        left = sum(zone.free for zone in call.kernel.zones) * 4
        rows.append((round(call.kernel.clock.now / 1e9, 3), left, *(now[name] - before[name] for name in _EVENTS)))
        before = now
    show(Report(("TIME", "FREE kB", *_EVENTS), rows), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="vmstat",
    group="Views",
    summary="free memory and THP events, over simulated time if asked for",
    example="vmstat 10s 2",
    arguments=_arguments,
    run=run,
    hints={"duration": "duration"},
)
