"""khugepaged: the thread that makes huge pages later."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.commands.words import place_of
from thpsh.mm.huge_memory.khugepaged import khugepaged_due
from thpsh.mm.huge_memory.scan import verdicts
from thpsh.render.report import Report, show
from thpsh.structs.page import HPAGE_SIZE

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.khugepaged import Look
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

SHOWN: Final = 10  # processes by name
DETAILS = """\
Without PROC: the state of the thread, its cursor and the processes on its list,
in scan order. With PROC: what it found at its last look at each 2 MiB range,
and the page of the range that stood in the way."""


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", nargs="?", help="a process: what the last look at each range found")
    json_argument(parser)


def run(call: Call) -> None:
    """Print the state of the thread, or its last verdicts on a process."""
    report = _verdicts(call.task()) if call.option("proc") else _state(call.kernel)
    show(report, call.out, as_json=call.option("json"))


def _looks(mm: Mm) -> list[tuple[int, Look]]:
    """The verdicts on ranges that are still mapped."""
    return [(address, look) for address, look in verdicts(mm) if mm.vma_at(address) is not None]


def _verdicts(task: Task) -> Report:
    rows = []
    mm = task.mm
    for address, look in _looks(mm) if mm is not None else ():
        page = look.page if look.page >= 0 else None
        verdict = look.verdict.value if look.verdict is not None else "can be collapsed"
        rows.append((f"{address:#x}", place_of(task, address), page, verdict))
    notes = () if rows else (f"khugepaged has not looked at {task.name} yet",)
    return Report(("RANGE", "PLACE", "PAGE", "LAST LOOK"), rows, notes)


def exists(kernel: Kernel) -> bool:
    """Has this host a khugepaged, running or not? Old kernels and some processors have none."""
    return kernel.features.khugepaged and kernel.thp.registered


def _state(kernel: Kernel) -> Report:
    daemon = kernel.khugepaged
    if not exists(kernel):
        return Report(("", "value"), [("state", "there is none on this host")])
    rows = [
        ("state", _doing(kernel)),
        ("cursor", _cursor(kernel)),
        ("pages_to_scan", f"{daemon.pages_to_scan} ({-(-daemon.pages_to_scan // 512)} ranges a round)"),
        ("scan_sleep_millisecs", daemon.scan_sleep_millisecs),
        ("alloc_sleep_millisecs", daemon.alloc_sleep_millisecs),
        ("max_ptes_none", daemon.max_ptes_none),
        ("pages_collapsed", daemon.pages_collapsed),
        ("full_scans", daemon.full_scans),
    ]
    names = _names(kernel)
    registered = [names.get(mm.number, "(exiting)") for mm in daemon.mms]
    shown = registered[:SHOWN]
    more = f" and {len(registered) - SHOWN} more" if len(registered) > SHOWN else ""
    notes = [f"registered: {' '.join(shown) or 'nobody'}{more}"]
    for mm, name in zip(daemon.mms, shown, strict=False):
        found = Counter(look.verdict for _, look in _looks(mm))
        notes += [f"  {name}: {count} × {verdict.value}" for verdict, count in found.items() if verdict is not None]
    return Report(("", "value"), rows, notes)


def _names(kernel: Kernel) -> dict[int, str]:
    return {task.mm.number: task.name for task in kernel.tasks.values() if task.mm is not None}


def _doing(kernel: Kernel) -> str:
    daemon = kernel.khugepaged
    if not daemon.running:
        return "not running"
    due = khugepaged_due(kernel)
    if due is None:
        return daemon.nap.value
    return f"{daemon.nap.value}, runs in {max(0, due - kernel.clock.moment) / 1e9:.3f} s"


def _cursor(kernel: Kernel) -> str:
    daemon = kernel.khugepaged
    if daemon.cursor_mm is None:
        return "at the head of the list"
    name = _names(kernel).get(daemon.cursor_mm.number, "(exiting)")
    return f"{name} {daemon.cursor_address:#x} (slot {daemon.cursor_address // HPAGE_SIZE:#x})"


COMMAND = Command(
    name="khugepaged",
    group="Views",
    summary="the state of khugepaged, who is registered, and its verdicts",
    details=DETAILS,
    example="khugepaged app",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
