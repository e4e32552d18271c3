"""trace: the buffer of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.errors import UsageError
from thpsh.render.report import Report, show
from thpsh.scenario.causes import shown
from thpsh.scenario.subjects import check_event

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.trace.event import Record


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("what", metavar="on|off|show", choices=("on", "off", "show"), help="start, stop or print")
    parser.add_argument("event", metavar="EVENT", nargs="?", help="only events of this name")
    parser.add_argument("-n", metavar="N", type=int, default=20, help="the last N (default 20)")
    json_argument(parser)


def run(call: Call) -> None:
    """Switch the buffer, or print the newest events, oldest first."""
    buffer = call.machine.trace
    what = call.option("what")
    if what != "show":
        buffer.on = what == "on"
        return
    if call.option("n") < 1:
        raise UsageError(f"-n {call.option('n')}: expected at least 1")
    name = call.option("event")
    if name is not None:
        check_event(name)
    records = [record for record in buffer.records if name in (None, record.event.tracepoint())]
    rows = [_row(record) for record in records[-call.option("n") :]]
    notes = () if buffer.on else ("tracing is off",)
    show(Report(("TIME", "EVENT", "CAUSE", "DETAILS"), rows, notes), call.out, as_json=call.option("json"))


def _row(record: Record) -> tuple[str, str, str, str]:
    cause = "" if record.cause is None else f"#{record.cause}"
    values = " ".join(f"{name}={shown(name, value)}" for name, value in record.event.values().items())
    return f"{record.time / 1e9:.9f}", f"#{record.number} {record.event.tracepoint()}", cause, values


COMMAND = Command(
    name="trace",
    group="Views",
    summary="switch tracing, or print the last events with their causes",
    example="trace show thp_fault_alloc",
    arguments=_arguments,
    run=run,
    hints={"event": "event"},
)
