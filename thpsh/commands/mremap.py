"""mremap: move or resize memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.regions import forget_range, moved_name
from thpsh.commands.windows import take_windows
from thpsh.commands.words import check_new, parse_address
from thpsh.mm.mman import Mremap
from thpsh.mm.mremap import RemapRequest, mremap
from thpsh.structs.page import page_align
from thpsh.structs.sizes import format_size, parse_size
from thpsh.structs.task import Region, Task

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where it is")
    parser.add_argument("old", metavar="OLD", help="its size")
    parser.add_argument("new", metavar="NEW", help="the size it gets")
    parser.add_argument("--to", metavar="REGION", help="move it to a place of its own, under this name")


def run(call: Call) -> None:
    """Resize in place where there is room, else move; with --to, move in any case."""
    task = call.task()
    call.mm(task)
    start, region = parse_address(task, call.option("addr"))
    old, new = parse_size(call.option("old")), parse_size(call.option("new"))
    to = call.option("to")
    request = RemapRequest(start, old, new, Mremap.MAYMOVE)
    if to is not None:
        check_new(task, to)
        window = call.kernel.totals.next_window
        request = RemapRequest(start, old, new, Mremap.MAYMOVE | Mremap.FIXED, window)
    address = mremap(call.kernel, task, request)
    if to is not None:
        take_windows(call.kernel, address, new)
    name = _rename(call, task, (start, old, new, address), (region, to))
    call.print(f"{name}: {address:#x}, {format_size(page_align(new))}")


def _rename(call: Call, task: Task, what: tuple[int, int, int, int], names: tuple[str, str | None]) -> str:
    """Give the result its name: the old one where all of a region moved or grew, else a new one."""
    start, old, new, address = what
    region, to = names
    known = task.regions.get(region)
    whole = known is not None and known.start == start and known.length == page_align(old)
    if address != start or page_align(new) < page_align(old):
        forget_range(
            call.kernel,
            task,
            start if address != start else start + page_align(new),
            old if address != start else old - new,
        )
    if address == start and not whole:
        return region or f"{address:#x}"
    name = to or (region if whole else moved_name(task, region or "moved"))
    call.kernel.own(task)
    task.regions[name] = Region(address, page_align(new))
    return name


COMMAND = Command(
    name="mremap",
    group="Memory",
    summary="move or resize a mapping",
    example="mremap app buf 16M 20M",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "old": "size", "new": "size"},
)
