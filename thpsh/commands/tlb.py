"""tlb: what the TLB covers of a process, and what a miss costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.mm.tlb import Misses, nested_walk_lines, reach, walk_lines, walk_ps
from thpsh.render.report import Report, show
from thpsh.structs.page import HPAGE_ORDER, PAGE_SIZE
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.mm import Mm

_GIANT_ORDER: Final = 2 * HPAGE_ORDER  # of 1 GiB pages, which only a host's own tables use here
_PAGES: Final = {"4K": 0, "2M": HPAGE_ORDER}
_HOSTS: Final = {"4K": 0, "2M": HPAGE_ORDER, "1G": _GIANT_ORDER}
_PERCENT: Final = 100
_NS_PER_US: Final = 1000
DETAILS: Final = """\
mapped    pages of this size that the process has in its page tables
reach     what the TLB entries for this size cover, and how much of the mapped
          memory that is in percent
native    cache lines read by one walk after a TLB miss
guest/4K  the same if the process ran in a guest whose host maps it with 4K
          pages, and so on: (guest levels + 1) * (host levels + 1) - 1
miss_ns   time of a native walk that nothing hides
`tlb app last` shows what the last touch of the process met: accesses, TLB
misses by page size, microseconds of walks and of all, faults included."""


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument(
        "page",
        metavar="PAGE",
        nargs="?",
        choices=[*_PAGES, "last"],
        help="only pages of 4K or 2M; last: the last touch",
    )
    json_argument(parser)


def run(call: Call) -> None:
    """Print a row for each page size, or what the last touch met."""
    chosen = call.option("page")
    if chosen == "last":
        show(_last(call), call.out, as_json=call.option("json"))
        return
    mapped = _mapped(call.mm(call.task()))
    rows = [_row(call, page, mapped[page]) for page in ([chosen] if chosen else _PAGES)]
    columns = (
        "page", "mapped", "entries", "reach", "covered", "native", *(f"guest/{host}" for host in _HOSTS), "miss_ns",
    )  # fmt: skip
    show(Report(columns, rows), call.out, as_json=call.option("json"))


def _last(call: Call) -> Report:
    """TLB misses and microseconds of the last loop over memory of a process."""
    columns = ("accesses", "missed-4K", "missed-2M", "walk_us", "us")
    loop = call.machine.latency.loops.get(call.task().pid)
    if loop is None:
        return Report(columns, [], ("no `touch` yet",))
    times = (round(ns / _NS_PER_US, 3) for ns in (loop.walk_ns, loop.nanoseconds))
    return Report(columns, [(loop.accesses, loop.small_misses, loop.huge_misses, *times)])


def _mapped(mm: Mm) -> dict[str, int]:
    small = sum(entry.present.bit_count() for entry in mm.pmds.values() if isinstance(entry, PageTable))
    return {"4K": small, "2M": len(mm.hugetlb) + sum(isinstance(entry, HugePmd) for entry in mm.pmds.values())}


def _row(call: Call, page: str, mapped: int) -> tuple[object, ...]:
    paging = call.kernel.paging
    order = _PAGES[page]
    entries = paging.tlb[order > 0]
    covers = reach(entries, order)
    size = mapped * (PAGE_SIZE << order)
    share = _PERCENT if covers >= size else covers * _PERCENT // size
    native = walk_lines(paging.levels, order)
    guests = (nested_walk_lines(native, walk_lines(paging.levels, host)) for host in _HOSTS.values())
    missed = Misses(huge=1) if order else Misses(small=1)
    nanoseconds = round(walk_ps(call.kernel.cost, paging, missed) / _NS_PER_US, 3)
    return (page, mapped, entries, format_size(covers), f"{share}%", native, *guests, nanoseconds)


COMMAND = Command(
    name="tlb",
    group="Views",
    summary="what the TLB covers of a process, and what a page walk costs",
    details=DETAILS,
    example="tlb app",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
