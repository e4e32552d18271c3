"""mmap: new memory for a process."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.files import file_named
from thpsh.commands.regions import forget_range
from thpsh.commands.windows import take_windows
from thpsh.commands.words import check_new, parse_address
from thpsh.errors import UsageError
from thpsh.mm.mman import Map, Prot
from thpsh.mm.mmap import mmap
from thpsh.mm.mmap_region import MapRequest
from thpsh.mm.shmem import dev_zero
from thpsh.structs.page import HPAGE_MASK, HPAGE_SIZE, PAGE_SIZE, page_align
from thpsh.structs.sizes import format_size, parse_size
from thpsh.structs.task import Region

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.page_cache import File


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
    kind.add_argument("--hugetlb", action="store_true", help="pages of the hugetlbfs pool, private")
    kind.add_argument("--file", metavar="NAME", help="a private mapping of a file")
    parser.add_argument("--locked", action="store_true", help="MAP_LOCKED: all of it is faulted in and stays")


def run(call: Call) -> None:
    """Map memory under a name and say where it lies and how much of it can be huge."""
    task = call.task()
    call.mm(task)
    name = check_new(task, call.option("region"))
    size = parse_size(call.option("size"))
    with _file(call, size) as file:
        request = _request(call, size, file)
        address = mmap(call.kernel, task, request)
    length = size + HPAGE_SIZE - 1 & HPAGE_MASK if call.option("hugetlb") else page_align(size)
    forget_range(call.kernel, task, address, length)  # MAP_FIXED replaced what was there
    if request.addr == address and not request.flags & Map.FIXED:
        take_windows(call.kernel, address, length)
    task.regions[name] = Region(address, length)
    first = (address + HPAGE_SIZE - 1) & HPAGE_MASK
    room = max(0, ((address + length) & HPAGE_MASK) - first) // HPAGE_SIZE
    if call.option("hugetlb"):
        call.print(f"{name}: {address:#x}, {format_size(length)} of hugetlbfs")
        return
    note = "" if call.option("shared") or call.option("file") else f", room for {room} huge page{'s'[: room != 1]}"
    call.print(f"{name}: {address:#x}, {format_size(length)}{note}")


def _file(call: Call, size: int) -> AbstractContextManager[File | None]:
    """The file to map, kept only if that succeeds; None for anonymous memory."""
    if call.option("file"):
        return file_named(call.kernel, call.option("file"), size)
    return nullcontext(dev_zero(call.kernel) if call.option("devzero") else None)


def _request(call: Call, size: int, file: File | None) -> MapRequest:
    flags = Map.SHARED if call.option("shared") else Map.PRIVATE
    if file is None:
        flags |= Map.ANONYMOUS
    if call.option("hugetlb"):
        flags |= Map.HUGETLB
    if call.option("locked"):
        flags |= Map.LOCKED
    address = 0
    if call.option("at"):
        address = parse_address(call.task(), call.option("at"))[0]
        flags |= Map.FIXED
    elif not call.option("kernel_placement"):
        address = call.kernel.totals.next_window + _offset(call)
    return MapRequest(address, size, PROTECTIONS[call.option("prot")], flags, file)


def _offset(call: Call) -> int:
    offset = parse_size(call.option("offset")) if call.option("offset") else 0
    if offset % PAGE_SIZE:
        raise UsageError(f"--offset {call.option('offset')}: expected a multiple of 4K")
    return offset


COMMAND = Command(
    name="mmap",
    group="Memory",
    summary="map memory under a name, on a 2 MiB boundary by default",
    example="mmap app heap2 16M",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "size": "size", "at": "addr", "offset": "size"},
)
