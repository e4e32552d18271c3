"""mmap: new memory for a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.files import file_named
from thpsh.commands.words import RESERVED, check_name, parse_address
from thpsh.errors import UsageError
from thpsh.mm.mman import Map, Prot
from thpsh.mm.mmap import mmap
from thpsh.mm.mmap_region import MapRequest
from thpsh.mm.shmem import dev_zero
from thpsh.structs.kernel import WINDOW
from thpsh.structs.page import HPAGE_MASK, HPAGE_SIZE, PAGE_SIZE, page_align
from thpsh.structs.sizes import format_size, parse_size
from thpsh.structs.task import Region

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


PROTECTIONS = {"rw": Prot.READ | Prot.WRITE, "r": Prot.READ, "none": Prot.NONE}


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("region", metavar="REGION", help="the name the memory gets")
    parser.add_argument("size", metavar="SIZE", help="how much")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--at", metavar="ADDR", help="exactly there (MAP_FIXED)")
    place.add_argument("--offset", metavar="SIZE", help="so far behind a 2 MiB boundary")
    place.add_argument("--kernel-placement", action="store_true", help="where this kernel would put it, unaligned")
    parser.add_argument("--prot", choices=sorted(PROTECTIONS), default="rw", help="access (default rw)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--shared", action="store_true", help="shared anonymous memory")
    kind.add_argument("--devzero", action="store_true", help="a private mapping of /dev/zero")
    kind.add_argument("--file", metavar="NAME", help="a private mapping of a file")
    parser.add_argument("--locked", action="store_true", help="MAP_LOCKED: all of it is faulted in and stays")


def run(call: Call) -> None:
    """Map memory under a name and say where it lies and how much of it can be huge."""
    task = call.task()
    call.mm(task)
    name = check_name(call.option("region"), "region")
    if name in RESERVED:
        raise UsageError(f"{name!r}: exists by itself in every process; expected another name")
    if name in task.regions:
        raise UsageError(f"{name!r}: {task.name} has a region of that name; expected another name")
    size = parse_size(call.option("size"))
    request = _request(call, size)
    address = mmap(call.kernel, task, request)
    length = page_align(size)
    call.kernel.own(task)
    task.regions[name] = Region(address, length)
    first = (address + HPAGE_SIZE - 1) & HPAGE_MASK
    room = max(0, ((address + length) & HPAGE_MASK) - first) // HPAGE_SIZE
    note = "" if call.option("shared") or call.option("file") else f", room for {room} huge page{'s'[: room != 1]}"
    call.print(f"{name}: {address:#x}, {format_size(length)}{note}")


def _request(call: Call, size: int) -> MapRequest:
    flags = Map.SHARED if call.option("shared") else Map.PRIVATE
    file = None
    if call.option("devzero"):
        file = dev_zero(call.kernel)
    elif call.option("file"):
        file = file_named(call.kernel, call.option("file"), size)
    if file is None:
        flags |= Map.ANONYMOUS
    if call.option("locked"):
        flags |= Map.LOCKED
    address = 0
    if call.option("at"):
        address = parse_address(call.task(), call.option("at"))[0]
        flags |= Map.FIXED
    elif not call.option("kernel_placement"):
        address = _window(call, size)
    return MapRequest(address, size, PROTECTIONS[call.option("prot")], flags, file)


def _window(call: Call, size: int) -> int:
    """The start of the next free 4 GiB window, shifted as asked for."""
    offset = parse_size(call.option("offset")) if call.option("offset") else 0
    if offset % PAGE_SIZE:
        raise UsageError(f"--offset {call.option('offset')}: expected a multiple of 4K")
    totals = call.kernel.totals
    call.kernel.own(totals)
    window = totals.next_window
    totals.next_window += max(1, -(-(size + offset) // WINDOW)) * WINDOW
    return window + offset


COMMAND = Command(
    name="mmap",
    group="Memory",
    summary="map memory under a name, on a 2 MiB boundary by default",
    example="mmap app heap2 16M",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "size": "size", "at": "addr", "offset": "size"},
)
