"""Nodes, zones and the free lists of the buddy allocator (linux/mmzone.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.structs.lru import Lruvec
from thpsh.structs.page import MAX_ORDER, PCP_TYPES, MigrateType, ZoneType
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.pageblock import Pageblock


@record(eq=False)
class BlockList(Versioned):
    """The free blocks of one order and migrate type.

    `blocks` names the pageblocks that hold such a block (orders 0 … 8), are one (order 9) or begin one (order 10);
    its last key is the head of the kernel's list.
    """

    nr: int = 0  # blocks, those of `FreeArea.virgin` included
    blocks: dict[int, None] = field(default_factory=dict)


def _lists() -> tuple[tuple[BlockList, ...], ...]:
    return tuple(tuple(BlockList() for _ in MigrateType) for _ in range(MAX_ORDER))


@record(eq=False)
class FreeArea(Versioned):
    """The free lists of a zone (struct free_area), by order and migrate type.

    Memory never allocated since boot is not listed block by block: it stays in `virgin` as runs of order-10 blocks.
    They are the tail of the Movable list and are taken from the top of the last run downwards.
    """

    lists: tuple[tuple[BlockList, ...], ...] = field(default_factory=_lists)
    virgin: list[tuple[int, int]] = field(default_factory=list)  # pageblock indices [first, last), both even


@record(eq=False)
class PageRuns(Versioned):
    """A list of order-0 pages as runs (pageblock, first frame, count); the last run is the list's hot head."""

    nr: int = 0
    runs: list[tuple[Pageblock, int, int]] = field(default_factory=list)


@record(eq=False)
class PerCpuPages(Versioned):
    """Order-0 pages held back for one CPU, by migrate type (struct per_cpu_pages)."""

    high: int = 0
    batch: int = 1
    lists: tuple[PageRuns, ...] = field(default_factory=lambda: tuple(PageRuns() for _ in range(PCP_TYPES)))

    @property
    def count(self) -> int:
        """Pages held back."""
        return sum([pages.nr for pages in self.lists])


@record(eq=False)
class ZoneStat(Versioned):
    """Counters kept per zone, named as in /proc/vmstat; sizes of free and LRU lists are read off the lists."""

    nr_mlock: int = 0
    nr_anon_pages: int = 0
    nr_mapped: int = 0
    nr_file_pages: int = 0
    nr_dirty: int = 0
    nr_writeback: int = 0
    nr_slab_reclaimable: int = 0
    nr_slab_unreclaimable: int = 0
    nr_page_table_pages: int = 0
    nr_kernel_stack: int = 0
    nr_vmscan_write: int = 0
    nr_isolated_anon: int = 0
    nr_isolated_file: int = 0
    nr_shmem: int = 0
    nr_dirtied: int = 0
    nr_written: int = 0
    numa_hit: int = 0
    numa_miss: int = 0
    numa_foreign: int = 0
    numa_interleave: int = 0
    numa_local: int = 0
    numa_other: int = 0
    nr_anon_transparent_hugepages: int = 0


@record(eq=False)
class Compaction(Versioned):
    """Deferral of direct compaction in a zone (zone->compact_considered, compact_defer_shift)."""

    considered: int = 0
    shift: int = 0


@record(eq=False)
class Zone(Versioned):
    """Memory of one kind on one node (struct zone)."""

    node: int
    kind: ZoneType
    start_pfn: int
    spanned: int
    present: int  # as printed: usable frames minus memmap and the DMA reserve
    usable: tuple[tuple[int, int], ...]  # [first, last) frames that exist
    reserved: tuple[tuple[int, int], ...] = ()  # of these, never handed to the allocator
    held: tuple[tuple[int, int], ...] = ()  # taken by the kernel while it booted, never given back
    managed: int = 0  # usable minus reserved

    free: int = 0  # nr_free_pages
    area: FreeArea = field(default_factory=FreeArea)
    pageblocks: dict[int, Pageblock] = field(default_factory=dict)
    types: dict[int, MigrateType] = field(default_factory=dict)  # pageblocks that are not Movable
    pcp: list[PerCpuPages] = field(default_factory=list)  # one per CPU
    stat: ZoneStat = field(default_factory=ZoneStat)
    lruvec: Lruvec = field(default_factory=Lruvec)
    compaction: Compaction = field(default_factory=Compaction)
    stale_used: dict[int, str] = field(default_factory=dict)  # free pageblocks that look charged, before commit 16

    min_wmark: int = 0
    low_wmark: int = 0
    high_wmark: int = 0
    lowmem_reserve: tuple[int, ...] = (0, 0, 0, 0)
    stat_threshold: int = 0
    drifts: bool = (
        False  # its counters may hide, by their thresholds, that it is below its min mark (percpu_drift_mark)
    )
    inactive_ratio: int = 1
    pages_scanned: int = 0  # since the last page was freed
    all_unreclaimable: bool = False

    @property
    def end_pfn(self) -> int:
        """The first frame after the zone."""
        return self.start_pfn + self.spanned

    def migratetype(self, index: int) -> MigrateType:
        """The migrate type of a pageblock (get_pageblock_migratetype)."""
        return self.types.get(index, MigrateType.MOVABLE)


@record(eq=False)
class Kswapd(Versioned):
    """What the reclaim daemon of a node is asked for and where it stands (pgdat->kswapd_max_order, classzone_idx)."""

    wanted: bool = False  # woken, and not done yet
    order: int = 0  # the highest that anybody asked for since it last looked
    classzone: int = ZoneType.MOVABLE  # the lowest of those who asked for a higher order
    busy: bool = False  # its time slice ended before it was done
    at: tuple[int, int] = (0, 0)  # order and class zone of its work
    asked: tuple[int, int] = (0, ZoneType.MOVABLE)  # the last request that it heard of without having slept
    nap: int = 0  # when its short sleep ends, in nanoseconds since boot; 0: it sleeps until woken, or works


@record(eq=False)
class Node(Versioned):
    """One NUMA node (pg_data_t)."""

    nid: int
    zones: tuple[Zone, ...]  # populated ones, low to high
    cpus: tuple[int, ...]
    distances: tuple[int, ...] = ()
    zonelist: tuple[Zone, ...] = ()  # where an allocation preferring this node looks, in order
    kswapd: Kswapd = field(default_factory=Kswapd)
