"""Breaking up free memory on purpose: a process that holds one page of every 2 MiB.

No kernel does this; it is the state after somebody used all of memory in small pages and gave back all but a few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy import list_add, list_del, pageblock_at, set_small
from thpsh.mm.buddy_fallback import unlist_virgin
from thpsh.mm.exec import spawn
from thpsh.mm.freelist import zone_statistics
from thpsh.mm.memory.anonymous import map_new_pages
from thpsh.mm.memory.vmf import FaultTally, Vmf
from thpsh.mm.mman import Map
from thpsh.mm.mmap_region import MapRequest, do_mmap
from thpsh.mm.pgtable import pte_alloc
from thpsh.mm.vma import mm_of
from thpsh.record import record
from thpsh.structs.bits import FULL, PAGES, PREFIX
from thpsh.structs.page import HPAGE_ORDER, HPAGE_SHIFT, PAGE_SHIFT, PAGEBLOCK_ORDER, MigrateType
from thpsh.structs.page_table import PageTable
from thpsh.structs.task import Region
from thpsh.trace.events.fault import FaultKind
from thpsh.trace.events.kmem import MmPageAlloc

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma
    from thpsh.structs.zone import Zone

REGION: Final = "held"
"""The name of what the process maps."""

_PERCENT: Final = 100


@record(frozen=True)
class FragmentReport:
    """What was broken up, and who holds it."""

    task: Task | None  # None when there was nothing to do
    broken: int  # pageblocks
    free: int  # pageblocks that were free before


def free_pageblocks_of(zone: Zone) -> list[int]:
    """The wholly free pageblocks on the Movable lists of a zone, ascending."""
    nine, ten = (zone.area.lists[order][MigrateType.MOVABLE] for order in (PAGEBLOCK_ORDER, PAGEBLOCK_ORDER + 1))
    found = [*nine.blocks, *ten.blocks, *(index + 1 for index in ten.blocks)]
    for first, last in zone.area.virgin:
        found += range(first, last)
    return sorted(found)


def fragment(kernel: Kernel, name: str, percent: int, *, unmovable: bool) -> FragmentReport:
    """Start a process that takes one page out of so many percent of the free pageblocks, chosen by the host's seed.

    Its pages can be migrated unless they are to be `unmovable`: then they are locked, which compaction passes over.
    """
    places = _free(kernel)
    count = len(places) * percent // _PERCENT
    if not count:
        return FragmentReport(None, 0, len(places))
    task = spawn(kernel, name, kernel.tasks[1], 0, memcg=kernel.root_memcg)  # no group pays for what nobody asked
    vma = _map(kernel, task, count, unmovable=unmovable)
    for slot in _slots(vma):
        pte_alloc(kernel, task, vma.mm, slot)
    pages = _take(kernel, count)
    _hold(kernel, task, vma, pages)
    return FragmentReport(task, len(pages), len(places))


def _free(kernel: Kernel) -> list[tuple[Zone, int]]:
    return [(zone, index) for zone in kernel.zones for index in free_pageblocks_of(zone)]


def _slots(vma: Vma) -> range:
    return range(vma.start >> HPAGE_SHIFT, (vma.end - 1 >> HPAGE_SHIFT) + 1)


def _map(kernel: Kernel, task: Task, count: int, *, unmovable: bool) -> Vma:
    mm = mm_of(task)
    size = count << PAGE_SHIFT
    flags = Map.PRIVATE | Map.ANONYMOUS | Map.NORESERVE | (Map.LOCKED if unmovable else 0)
    start = do_mmap(kernel, task, mm, MapRequest(0, size, flags=flags))
    vma = mm.vma_at(start)
    assert vma is not None
    task.regions[REGION] = Region(start, size)
    return vma


def _take(kernel: Kernel, count: int) -> list[PageRun]:
    """Take one frame each out of `count` free pageblocks; page tables may have used up some of them by now."""
    places = _free(kernel)
    kernel.own(kernel.rng)
    chosen = kernel.rng.sample(len(places), count) if count < len(places) else range(len(places))
    pages = []
    for place in sorted(chosen, reverse=True):
        zone, index = places[place]
        pages.append(_take_frame(kernel, zone, index, kernel.rng.below(PAGES)))
    pages.reverse()
    for zone in kernel.zones:
        mine = [run for run in pages if run[0].zone is zone]
        if mine:
            zone_statistics(kernel, (zone, zone), 0, 0, len(mine))
            pfn = mine[0][0].start_pfn + mine[0][1]
            movable = MigrateType.MOVABLE.label
            kernel.trace.emit(MmPageAlloc(zone.node, zone.kind.label, 0, len(mine), movable, pfn))
    return pages


def _take_frame(kernel: Kernel, zone: Zone, index: int, frame: int) -> PageRun:
    """Take one frame out of a free pageblock and leave the others on the Movable lists."""
    nine, ten = (zone.area.lists[order][MigrateType.MOVABLE] for order in (PAGEBLOCK_ORDER, PAGEBLOCK_ORDER + 1))
    if index in nine.blocks:
        list_del(kernel, nine, index)
    else:
        pair = index & ~1
        if pair in ten.blocks:
            list_del(kernel, ten, pair)
        else:
            unlist_virgin(kernel, zone, pair)
        list_add(kernel, nine, index ^ 1)
    kernel.own(zone)
    zone.free -= 1
    block = pageblock_at(kernel, zone, index)
    set_small(kernel, block, MigrateType.MOVABLE, FULL ^ 1 << frame)
    return block, frame, 1


def _hold(kernel: Kernel, task: Task, vma: Vma, pages: list[PageRun]) -> None:
    """Map the frames one after the other, as so many first touches would."""
    mm = vma.mm
    vmf = Vmf(kernel, task, vma, write=True, tally=FaultTally())
    cost = kernel.cost.fault + kernel.cost.clear_page
    place = vma.start >> PAGE_SHIFT
    while pages:
        slot, first = place >> HPAGE_ORDER, place & (PAGES - 1)
        part, pages = pages[: PAGES - first], pages[PAGES - first :]
        need = PREFIX[len(part)] << first
        table = mm.pmds[slot]
        assert isinstance(table, PageTable)
        kernel.own(table)
        map_new_pages(vmf, slot, table, need, part)
        kernel.own(mm)
        mm.anon_rss += len(part)
        vmf.took(FaultKind.SMALL, slot, need, cost)
        place += len(part)
