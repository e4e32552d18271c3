"""What led to today's state of a range: the events of the trace buffer that concern it, with their causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import record
from thpsh.structs.khugepaged import Verdict
from thpsh.structs.page import HPAGE_MASK, HPAGE_SIZE
from thpsh.structs.sizes import format_size
from thpsh.trace.events.fault import PageFault, Signal
from thpsh.trace.events.huge_memory import (
    KhugepagedEnter,
    MmCollapseHugePage,
    MmKhugepagedScanPmd,
    ThpChargeFailed,
    ThpCollapseAllocFailed,
    ThpFaultAlloc,
    ThpFaultFallback,
    ThpSplit,
)
from thpsh.trace.events.vma import Fork, Syscall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from thpsh.structs.task import Task
    from thpsh.trace.event import Event, Record

LONGEST: Final = 12  # events told
_PAGE: Final = 4096
_INIT: Final = 1
_NO_NEWS: Final = ("", Verdict.HUGE.value, Verdict.NO_TABLE.value)


@record(frozen=True)
class Happened:
    """One thing that happened to a range."""

    number: int  # of the trace record
    time: int  # nanoseconds since boot
    text: str
    line: str = ""  # what was typed at that time, where that is known


def what_happened(
    records: Iterable[Record], task: Task, address: int, lines: Sequence[tuple[int, str]]
) -> list[Happened]:
    """What the buffer knows of the 2 MiB range around an address, oldest first.

    `lines` are the lines typed so far, each with the number that the next record had then.
    """
    base = address & HPAGE_MASK
    found: list[Happened] = []
    for each in records:
        text = _text(each.event, task, base)
        if text and not (found and found[-1].text == text):
            found.append(Happened(each.number, each.time, text, _line(each.number, lines)))
    return found[-LONGEST:]


def _line(number: int, lines: Sequence[tuple[int, str]]) -> str:
    return next((line for first, line in reversed(lines) if first <= number), "")


def _text(event: Event, task: Task, base: int) -> str:
    """An event in words, if it concerns the range; else nothing."""
    tell = _WORDS.get(type(event))
    return tell(event, task, base) if tell is not None else ""


def _fault(event: PageFault, task: Task, base: int) -> str:
    first, last = max(event.address, base), min(event.end, base + HPAGE_SIZE)
    if event.pid != task.pid or first >= last:
        return ""
    count = min(event.count, (last - first) // _PAGE)
    return f"{count} {event.kind.value} fault{'s'[: count != 1]} ({'write' if event.write else 'read'})"


def _huge(event: ThpFaultAlloc, task: Task, base: int) -> str:
    if event.pid != task.pid or event.address & HPAGE_MASK != base:
        return ""
    return f"a fault got a huge page, frame {event.pfn:#x} on node {event.node}"


def _fallback(event: ThpFaultFallback, task: Task, base: int) -> str:
    if event.pid != task.pid or event.address & HPAGE_MASK != base:
        return ""
    return f"a fault fell back to small pages: {event.reason.value}"


def _charge(event: ThpChargeFailed, task: Task, base: int) -> str:
    if event.pid != task.pid or event.address & HPAGE_MASK != base:
        return ""
    return f"the group {event.cgroup} had no room for 2 MiB: small pages"


def _split(event: ThpSplit, task: Task, base: int) -> str:
    number = task.mm.number if task.mm is not None else 0
    if not any(mm == number and address & HPAGE_MASK == base for mm, address in event.addresses):
        return ""
    return f"the huge page was split: {event.reason.value}"


def _collapse(event: MmCollapseHugePage, task: Task, base: int) -> str:
    if task.mm is None or event.mm != task.mm.number or event.address != base:
        return ""
    return f"khugepaged made it huge: {event.used} pages were in use, {512 - event.used} are new zeros"


def _look(event: MmKhugepagedScanPmd, task: Task, base: int) -> str:
    if task.mm is None or event.mm != task.mm.number or event.address != base or event.verdict in _NO_NEWS:
        return ""
    page = f" (page {event.page})" if event.page >= 0 else ""
    return f"khugepaged looked and left it: {event.verdict}{page}"


def _no_page(event: ThpCollapseAllocFailed, task: Task, base: int) -> str:
    if task.mm is None or event.mm != task.mm.number or event.address != base:
        return ""
    return "khugepaged found no huge page for it"


def _signal(event: Signal, task: Task, base: int) -> str:
    if event.pid != task.pid or event.address & HPAGE_MASK != base:
        return ""
    return f"{event.name} at {event.address:#x} ({event.code})"


def _call(event: Syscall, task: Task, base: int) -> str:
    if (
        event.name == "touch"
        or event.pid != task.pid
        or event.address >= base + HPAGE_SIZE
        or event.address + event.length <= base
    ):
        return ""
    what = f" {event.detail}" if event.detail else ""
    return f"{event.name}{what}, {format_size(event.length)} at {event.address:#x}"


def _fork(event: Fork, task: Task, base: int) -> str:
    del base
    if event.pid == task.pid:
        return f"fork: {event.name} (pid {event.child}) shares its pages until one of them writes"
    return f"it came from pid {event.pid} by fork" if event.child == task.pid and event.pid != _INIT else ""


def _enter(event: KhugepagedEnter, task: Task, base: int) -> str:
    del base
    return "the process was registered with khugepaged" if task.mm is not None and event.mm == task.mm.number else ""


_WORDS: Final[dict[type[Event], Callable[..., str]]] = {
    PageFault: _fault,
    ThpFaultAlloc: _huge,
    ThpFaultFallback: _fallback,
    ThpChargeFailed: _charge,
    ThpSplit: _split,
    MmCollapseHugePage: _collapse,
    MmKhugepagedScanPmd: _look,
    ThpCollapseAllocFailed: _no_page,
    Signal: _signal,
    Syscall: _call,
    Fork: _fork,
    KhugepagedEnter: _enter,
}
