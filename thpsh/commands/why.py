"""why: the last thing that failed, explained."""

from __future__ import annotations

import json
from dataclasses import asdict
from textwrap import fill
from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.errors import Errno, UsageError
from thpsh.trace.events.fault import Signal
from thpsh.trace.events.huge_memory import ThpChargeFailed, ThpCollapseAllocFailed, ThpFaultFallback
from thpsh.trace.events.memory_failure import MemoryFailureEvent, SoftOfflineFailed
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.trace.event import Event, Record

_WIDTH: Final = 78
_FELL_BACK: Final = (ThpFaultFallback, ThpChargeFailed, ThpCollapseAllocFailed, Signal, SoftOfflineFailed)
_NO_REMEDY: Final = ("Failed", "Ignored")  # how the handling of a memory error may end without an error


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("errno", metavar="ERRNO", nargs="?", help="the last command that ended with it, as EINVAL")
    json_argument(parser)


def run(call: Call) -> None:
    """Say which condition of which kernel function refused the last command that failed, and what fell back since."""
    errno = call.option("errno")
    if errno is not None and errno not in Errno.__members__:
        raise UsageError(f"{errno!r}: expected the name of an error, as EINVAL or ENOMEM")
    failure = call.session.failure if errno is None else call.session.failed_with.get(errno)
    setbacks = _setbacks(call.machine.trace.records) if errno is None else []
    if call.option("json"):
        data = {"failure": asdict(failure) if failure is not None else None, "setbacks": setbacks}
        call.print(json.dumps(data, indent=2))
        return
    if failure is None:
        call.print(f"no command has ended with {errno or 'an error'} yet")
    elif not failure.errno:
        call.print(f"`{failure.line}` was not understood:\n    {failure.message}")
    else:
        call.print(f"`{failure.line}` ended with {failure.errno}: {failure.message}")
        if failure.reason:
            call.print(fill(f"because: {failure.reason}", _WIDTH, initial_indent="    ", subsequent_indent=" " * 13))
        if failure.function:
            call.print(fill(f"said by: {failure.function}", _WIDTH, initial_indent="    "))
            call.print(fill(failure.models, _WIDTH, initial_indent=" " * 13, subsequent_indent=" " * 13))
    if setbacks:
        call.print("what did not come about without being an error:")
        for text in setbacks:
            call.print(fill(text, _WIDTH, initial_indent="    ", subsequent_indent="      "))
        call.print("    `explain PROC ADDR` tells more of a range, `explain COUNTER` of a counter")


def _setbacks(records: Iterable[Record]) -> list[str]:
    """The last of each kind of event that is a failure but no error of a command."""
    last: dict[str, Record] = {}
    for each in records:
        if isinstance(each.event, _FELL_BACK) or _killer(each.event) or _beyond_repair(each.event):
            last[each.event.tracepoint()] = each
    return [_words(each) for each in sorted(last.values(), key=lambda each: each.number)]


def _beyond_repair(event: Event) -> bool:
    return isinstance(event, MemoryFailureEvent) and event.result in _NO_REMEDY


def _killer(event: Event) -> str:
    """The function that had a process killed for its memory, if an event tells of that."""
    if not isinstance(event, Printk) or "ut of memory: Kill process" not in event.text:
        return ""
    return "__alloc_pages_may_oom" if event.text.startswith("Out") else "mem_cgroup_out_of_memory"


def _words(record: Record) -> str:
    event = record.event
    when = f"{record.time / 1e9:.6f}  "
    if isinstance(event, ThpFaultFallback):
        return f"{when}a fault at {event.address:#x} of pid {event.pid} took small pages: {event.reason.value}"
    if isinstance(event, ThpChargeFailed):
        return f"{when}a fault at {event.address:#x} of pid {event.pid} took small pages: no room in {event.cgroup}"
    if isinstance(event, Signal):
        return f"{when}pid {event.pid} got {event.name} at {event.address:#x} ({event.code})"
    if isinstance(event, SoftOfflineFailed):
        return f"{when}soft offline of page {event.pfn:#x} ended with {event.errno}: {event.reason}"
    if isinstance(event, MemoryFailureEvent):
        users = f", {event.references} users left" if event.references else ""
        return f"{when}the error in page {event.pfn:#x} ({event.state}) was not handled: {event.result}{users}"
    if isinstance(event, Printk):
        found = "in the group" if "cgroup" in event.text else "in any zone that was allowed"
        return f"{when}{event.text.splitlines()[0]} ({_killer(event)}: reclaim found no page {found})"
    return f"{when}khugepaged found no huge page"


COMMAND = Command(
    name="why",
    group="Learning",
    summary="the last error explained: which condition of which function",
    example="fails EINVAL madvise app buf+1 4K hugepage; why",
    arguments=_arguments,
    run=run,
    hints={"errno": "errno"},
)
