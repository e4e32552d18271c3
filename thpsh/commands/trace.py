"""trace: the buffer of events."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.commands.since import number_since, since_argument
from thpsh.commands.words import find_task
from thpsh.errors import UsageError
from thpsh.observe.lock_lint import LockLint
from thpsh.observe.trace_buffer import SIZE
from thpsh.render.report import Report, show
from thpsh.scenario.causes import shown
from thpsh.scenario.subjects import check_event, event_names

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.observe.trace_buffer import TraceBuffer
    from thpsh.trace.event import Record


_WHAT: Final = "start, stop, print; trace locks, too; look for mistakes"
_INDENT: Final = "  "


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("what", metavar="WHAT", choices=("on", "off", "show", "locks", "lint"), help=_WHAT)
    parser.add_argument(
        "event", metavar="EVENT", nargs="?", help="only events of this name (A,B,… or thp_*); on or off after locks"
    )
    parser.add_argument("--event", dest="events", metavar="EVENT", help="the same")
    parser.add_argument("--proc", metavar="PROC", help="only what concerns a process, or was caused by it")
    since_argument(parser)
    parser.add_argument("-n", metavar="N", type=int, default=20, help="the last N (default 20)")
    json_argument(parser)


def run(call: Call) -> None:
    """Switch the buffer or the lock events, print the newest events, oldest first, or check the locks."""
    buffer = call.machine.trace
    what = call.option("what")
    if what not in ("show", "locks") and call.option("event") is not None:
        raise UsageError(f"{call.option('event')!r}: expected nothing after trace {what}")
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
        raise UsageError(f"{word or 'locks'!r}: expected trace locks on or trace locks off")
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
    wanted = _names(call.option("events") or call.option("event"))
    first = number_since(call)
    records = [
        each
        for each in buffer.records
        if each.number >= first and (not wanted or each.event.tracepoint() in wanted) and _concerns(call, each)
    ][-call.option("n") :]
    depths = _depths(records, buffer)
    rows = [_row(record, depths[record.number]) for record in records]
    notes = [] if buffer.on else ["tracing is off"]
    if not rows:
        notes.insert(0, "no such event in the buffer" if buffer.records else "the buffer is empty")
    lost = call.kernel.trace.number - len(buffer.records)
    if buffer.records and buffer.records[0].number > first and lost > 0 and len(buffer.records) == SIZE:
        notes.append(f"the buffer holds {SIZE} events; {lost} older ones are gone")
    show(Report(("TIME", "EVENT", "CAUSE", "DETAILS"), rows, notes), call.out, as_json=call.option("json"))


def _names(word: str | None) -> set[str]:
    """The events that names and patterns stand for; UsageError names what stands for none."""
    found: set[str] = set()
    for each in word.split(",") if word is not None else []:
        if any(sign in each for sign in "*?["):
            matching = {name for name in event_names() if fnmatchcase(name, each)}
            if not matching:
                raise UsageError(f"trace {each}: no event has such a name")
            found |= matching
        else:
            check_event(each)
            found.add(each)
    return found


def _concerns(call: Call, record: Record) -> bool:
    """Is a record about the process that was asked for, or was it caused by one that is?"""
    word = call.option("proc")
    if word is None:
        return True
    task = find_task(call.kernel, word)
    mm = task.mm.number if task.mm is not None else None
    found: Record | None = record
    while found is not None:
        values = found.event.values()
        if task.pid in (values.get("pid"), values.get("child")) or (mm is not None and values.get("mm") == mm):
            return True
        found = call.machine.trace.find(found.cause) if found.cause is not None else None
    return False


def _depths(records: list[Record], buffer: TraceBuffer) -> dict[int, int]:
    """How deep each record stands below the causes that are shown, too."""
    depths: dict[int, int] = {}
    for record in records:
        cause, depth = record.cause, 0
        while cause is not None:
            if cause in depths:
                depth = depths[cause] + 1
                break
            above = buffer.find(cause)
            cause = above.cause if above is not None else None
        depths[record.number] = depth
    return depths


def _row(record: Record, depth: int) -> tuple[str, str, str, str]:
    cause = "" if record.cause is None else f"#{record.cause}"
    values = " ".join(f"{name}={shown(name, value)}" for name, value in record.event.values().items())
    return f"{record.time / 1e9:.9f}", f"{_INDENT * depth}#{record.number} {record.event.tracepoint()}", cause, values


COMMAND = Command(
    name="trace",
    group="Views",
    summary="switch tracing, or print the last events with their causes",
    example="trace show thp_fault_alloc",
    arguments=_arguments,
    run=run,
    hints={"event": "event", "events": "event", "proc": "proc"},
    usage=(
        "trace on|off",
        "trace show [EVENT[,EVENT]] [--proc PROC] [--since MARK] [-n N]",
        "trace locks on|off",
        "trace lint",
    ),
    details="An event stands below the one that caused it. EVENT may be a pattern: thp_*.\n"
    "/sys/kernel/debug/tracing/trace has the same as a kernel prints it.\n"
    "Lock events are made only after `trace locks on`: which lock, for read or\n"
    "write, in which kernel function. `trace lint` reads them.",
)
