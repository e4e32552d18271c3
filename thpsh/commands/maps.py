"""maps: the VMAs of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show
from thpsh.structs.sizes import format_size
from thpsh.structs.vma import Vm, Vma

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    json_argument(parser)


def run(call: Call) -> None:
    """Print every VMA with its flags of interest, its region and how much of it is huge."""
    task = call.task()
    mm = call.mm(task)
    rows = []
    for vma in mm.vmas:
        names = [name for name, region in task.regions.items() if region.start < vma.end and vma.start < region.end]
        size = format_size(vma.end - vma.start)
        rows.append((f"{vma.start:012x}", f"{vma.end:012x}", size, permissions(vma), advice(vma), _what(vma, names)))
    columns = ("START", "END", "SIZE", "PERM", "ADVICE", "WHAT")
    show(Report(columns, rows, title=task.name), call.out, as_json=call.option("json"))


def permissions(vma: Vma) -> str:
    """The four letters of /proc/PID/maps."""
    letters = (("r", Vm.READ), ("w", Vm.WRITE), ("x", Vm.EXEC))
    return "".join(letter if vma.flags & bit else "-" for letter, bit in letters) + ("s" if vma.shared else "p")


def advice(vma: Vma) -> str:
    """What madvise and mlock left in the flags."""
    flags = (
        ("hugepage", Vm.HUGEPAGE),
        ("nohugepage", Vm.NOHUGEPAGE),
        ("locked", Vm.LOCKED),
        ("mergeable", Vm.MERGEABLE),
    )
    return ",".join(name for name, bit in flags if vma.flags & bit)


def _what(vma: Vma, names: list[str]) -> str:
    mm = vma.mm
    if names:
        return " ".join(names) + (f" ({vma.file.name})" if vma.file is not None else "")
    if vma.file is not None:
        return vma.file.name
    if vma.start <= mm.brk and vma.end >= mm.start_brk:
        return "heap"
    return "stack" if vma.start <= mm.start_stack < vma.end else ""


COMMAND = Command(
    name="maps",
    group="Views",
    summary="list the VMAs of a process",
    example="maps app",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
