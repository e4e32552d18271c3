"""Which ranges side by side are so simple that khugepaged can collapse them in a row (mm/huge_memory.c).

Full, private, used by one process and no group, in the memory of one zone, touched in order: where one of them is
anything else, the row ends before it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from thpsh.mm.pagevec import PAGEVEC_SIZE
from thpsh.mm.pcp import cut, drains_after
from thpsh.record import field, record
from thpsh.structs.bits import FULL, PAGES, lowest, span, union
from thpsh.structs.page import Lru, MigrateType
from thpsh.structs.page_table import PageTable

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma
    from thpsh.structs.zone import PerCpuPages, Zone

Row = tuple[list[PageTable], list["PageRun"]]
"""Full page tables side by side, and the frames behind their pages, in order."""

_NO_RUN: Final = (-1, 0)
_MOVABLE: Final = MigrateType.MOVABLE


@lru_cache(maxsize=4096)  # of neighbours touched in one go all tables have the same
def only_run(mask: int) -> tuple[int, int]:
    """The first bit and the length of a mask that is one run; (-1, 0) for any other."""
    first, length = lowest(mask), mask.bit_count()
    return (first, length) if mask == span(first, first + length) else _NO_RUN


def gather(kernel: Kernel, vma: Vma, slot: int, most: int, zone: Zone) -> Row:
    """The row that begins at a slot, of so many ranges at most, in the memory of a zone; it may be empty."""
    pmds = vma.mm.pmds
    tables: list[PageTable] = []
    runs: list[PageRun] = []
    plain: dict[Pageblock, int] = {}  # the pageblocks of the row -> their frames that will do
    for place in range(slot, slot + most):
        table = pmds.get(place)
        if type(table) is not PageTable or not _is_full(table):
            break
        before = len(runs)
        if not _append(kernel, zone, table, runs, plain):
            del runs[before:]
            break
        tables.append(table)
    return tables, runs


def _is_full(table: PageTable) -> bool:
    """Are all pages there, writable, and no zero pages, and was one of them used?"""
    return bool(
        table.present == FULL
        and table.writable == FULL
        and table.young
        and not table.special
        and table.swapped is None
        and table.pfns is None
    )


def _append(kernel: Kernel, zone: Zone, table: PageTable, runs: list[PageRun], plain: dict[Pageblock, int]) -> bool:
    """Go on with the frames of a table, if they come in the order of its pages; False at one that will not do.

    A pageblock goes on where the row left it, or is new to the row.
    """
    last, end = (runs[-1][0], runs[-1][1] + runs[-1][2]) if runs else (None, 0)
    page = 0
    for pages, block, shift in table.runs:
        start, length = only_run(pages)
        first = start + shift
        if block is not last:
            if block in plain or block.zone is not zone:
                return False
            plain[block] = _plain_frames(kernel, block)
        elif first != end:
            return False
        last, end = block, first + length
        usable = plain[block]
        if start != page or (usable is not FULL and span(first, end) & ~usable):
            return False
        page += length
        runs.append((block, first, length))
    return page == PAGES


def _plain_frames(kernel: Kernel, block: Pageblock) -> int:
    """The frames of a pageblock that are on the active list, mapped once, used by nobody else, and of no group."""
    if block.huge or block.rare is not None or block.cached or block.mlocked:
        return 0
    if block.zone.types.get(block.index, _MOVABLE) is not _MOVABLE:
        return 0
    for owner in block.owners:
        if owner.memcg is not kernel.root_memcg:
            return 0
    listed = 0
    for entry in block.lru:
        if entry.home.kind is Lru.ACTIVE_ANON:
            listed = union(listed, entry.mask)
    others = block.twice | block.pagevec
    if listed == FULL == block.active and not others:
        return FULL
    return listed & block.active & ~others


def joined(runs: list[PageRun], pages: int) -> list[PageRun]:
    """The first so many pages of some runs, in one run where they go on in the same pageblock."""
    found: list[PageRun] = []
    last: Pageblock | None = None
    for block, first, length in cut(runs, pages)[0]:
        if block is last:
            first, length = found[-1][1], found[-1][2] + length
            found[-1] = (block, first, length)
        else:
            found.append((block, first, length))
            last = block
    return found


@record(eq=False)
class Flow:
    """How far the old pages have come after each range of a row, counted from its first page."""

    freed: list[int] = field(default_factory=list)  # reached the buddy lists
    held: int = 0  # in the end: in the per-cpu list
    waiting: int = 0  # in the end: in the LRU cache, before the last huge page


def flow(pcp: PerCpuPages, entries: int, ranges: int) -> Flow:
    """Pass the pages of so many ranges through an LRU cache that had some entries, and then through a per-cpu list.

    Where 13 old pages wait, the huge page of the range is the 14th, and empties the cache.
    """
    found = Flow(held=pcp.count)
    dead = 0
    for number in range(1, ranges + 1):
        waiting = (entries + PAGES) % PAGEVEC_SIZE
        found.held = _left_after(pcp, found.held + dead + PAGES - waiting)
        dead, entries = waiting, waiting + 1
        if entries == PAGEVEC_SIZE:
            found.held = _left_after(pcp, found.held + dead)
            dead = entries = 0
        found.freed.append(number * PAGES - dead - found.held)
    found.waiting = dead
    return found


def _left_after(pcp: PerCpuPages, count: int) -> int:
    return count - drains_after(pcp, count) * pcp.batch
