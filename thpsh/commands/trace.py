"""trace: the buffer of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.errors import UsageError
from thpsh.observe.lock_lint import LockLint
from thpsh.observe.trace_buffer import SIZE
from thpsh.render.report import Report, show
from thpsh.scenario.causes import shown
from thpsh.scenario.subjects import check_event

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.trace.event import Record


_WHAT: Final = "start, stop, print; trace locks, too; look for mistakes"


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("what", metavar="WHAT", choices=("on", "off", "show", "locks", "lint"), help=_WHAT)
    parser.add_argument(
        "event", metavar="EVENT", nargs="?", help="only events of this name (A,B,…); on or off after locks"
    )
    parser.add_argument("-n", metavar="N", type=int, default=20, help="the last N (default 20)")
    json_argument(parser)


def run(call: Call) -> None:
    """Switch the buffer or the lock events, print the newest events, oldest first, or check the locks."""
    buffer = call.machine.trace
    what = call.option("what")
    if what in ("on", "off"):
        buffer.on = what == "on"
    elif what == "locks":
        _locks(call)
    elif what == "lint":
        _lint(call)
    else:
        _show(call)


def _locks(call: Call) -> None:
    """Announce locks from now on, or no longer."""
    word = call.option("event")
    if word not in ("on", "off"):
        raise UsageError(f"locks {word or ''}: expected trace locks on or trace locks off")
    call.kernel.own(call.kernel.tables)
    call.kernel.tables.lock_trace = word == "on"


def _lint(call: Call) -> None:
    """Say what is wrong with the locks in the buffer."""
    records = call.machine.trace.records
    found = LockLint(complete=len(records) < SIZE).read(records)
    rows = [(f"#{each.number}", each.text) for each in found.findings]
    notes = []
    if not found.seen:
        notes.append("no lock events in the buffer; `trace locks on` makes them")
    elif not rows:
        notes.append(f"nothing found in {found.seen} lock events")
    if found.longest:
        notes.append(f"khugepaged held mmap_sem for {found.longest / 1000:.1f} us at most")
    show(Report(("EVENT", "FINDING"), rows, notes), call.out, as_json=call.option("json"))


def _show(call: Call) -> None:
    buffer = call.machine.trace
    if call.option("n") < 1:
        raise UsageError(f"-n {call.option('n')}: expected at least 1")
    name = call.option("event")
    names = name.split(",") if name is not None else []
    for each in names:
        check_event(each)
    records = [record for record in buffer.records if not names or record.event.tracepoint() in names]
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
    usage=("trace on|off", "trace show [EVENT[,EVENT]] [-n N]", "trace locks on|off", "trace lint"),
    details="Lock events are made only after `trace locks on`: which lock, for read or\n"
    "write, in which kernel function. `trace lint` reads them.",
)
