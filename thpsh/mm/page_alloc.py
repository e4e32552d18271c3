"""Page allocation: zonelists, watermarks, statistics (mm/page_alloc.c: __alloc_pages_nodemask)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ThpshError
from thpsh.mm.freelist import FAST, block_from_freelist, marks, zone_statistics
from thpsh.mm.pcp import PageRun, drain_pages, rmqueue_pcp
from thpsh.structs.mempolicy import Placement
from thpsh.structs.page import (
    HPAGE_ORDER,
    Gfp,
    MigrateType,
    ZoneType,
    allocflags_to_migratetype,
)
from thpsh.trace.events.kmem import MmPageAlloc

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone


class OutOfMemory(ThpshError):
    """No zone has a page left: the system-call layer picks a victim and retries."""

    def __init__(
        self, text: str = "no free page", gfp: int = Gfp.KERNEL, order: int = 0, nodes: tuple[int, ...] | None = None
    ) -> None:
        super().__init__(text)
        self.gfp, self.order = gfp, order
        self.nodes = nodes  # the only ones that would have done, if the policy binds


def highest_zone(gfp: int) -> ZoneType:
    """The highest zone that an allocation may use (gfp_zone)."""
    if gfp & Gfp.DMA:
        return ZoneType.DMA
    if gfp & Gfp.DMA32:
        return ZoneType.DMA32
    return ZoneType.MOVABLE if gfp & Gfp.MOVABLE and gfp & Gfp.HIGHMEM else ZoneType.NORMAL


def zonelist(kernel: Kernel, place: Placement, gfp: int) -> tuple[Zone, ...]:
    """Where an allocation looks, in order."""
    node, allowed, _ = place
    zones = kernel.nodes[node].zonelist
    if allowed is None and not gfp & (Gfp.THISNODE | Gfp.DMA | Gfp.DMA32):
        return zones
    if allowed is not None:
        zones = tuple(zone for zone in zones if zone.node in allowed)
    if gfp & Gfp.THISNODE:
        zones = tuple(zone for zone in zones if zone.node == node)
    highest = highest_zone(gfp)
    return zones if highest >= ZoneType.NORMAL else tuple(zone for zone in zones if zone.kind <= highest)


def _wake_kswapd(kernel: Kernel, zones: tuple[Zone, ...], order: int) -> None:
    """Ask every node of a zonelist to reclaim (wake_all_kswapd)."""
    for zone in zones:
        node = kernel.nodes[zone.node]
        kernel.own(node)
        node.kswapd_order = max(node.kswapd_order, order)
        node.kswapd_wanted = True


def _available(zone: Zone, mark: int, classzone: int, kind: int, cpu: int) -> int:
    """How many single pages one after the other get before the zone falls to a mark."""
    room = zone.free - 2 - mark - zone.lowmem_reserve[classzone]
    if room <= 0:
        return 0
    pcp = zone.pcp[cpu]
    refills = -(-room // pcp.batch)
    return pcp.lists[kind].nr + (refills - 1) * pcp.batch + 1


def placed(kernel: Kernel, cpu: int, near: Placement | int | None) -> Placement:
    """A placement as callers give it: none means the node of the CPU, a number is a node."""
    if near is None:
        return Placement(kernel.cpus[cpu].node)
    return Placement(near) if isinstance(near, int) else near


def room_above_low(kernel: Kernel, place: Placement, gfp: int) -> int:
    """How many pages its zones can give before one of them falls below its low mark, where other nodes are asked."""
    return min(max(0, zone.free - zone.low_wmark) for zone in zonelist(kernel, place, gfp))


def _count_interleaved(kernel: Kernel, zone: Zone, pages: list[PageRun]) -> None:
    """Count interleaved allocations that were served by the zone they looked for first (alloc_page_interleave)."""
    kernel.own(zone.stat)
    zone.stat.numa_interleave += sum(length for block, _, length in pages if block.zone is zone)


def alloc_small(kernel: Kernel, cpu: int, count: int, gfp: int, near: Placement | int | None = None) -> list[PageRun]:
    """Allocate `count` single pages, as so many calls of alloc_page would, in that order.

    Fewer than `count` come where the next one would have to wait for reclaim: the caller uses what it got and asks
    again. Raises OutOfMemory when nothing can be reclaimed.
    """
    place = placed(kernel, cpu, near)
    zones = zonelist(kernel, place, gfp)
    while True:
        pages = _from_zones(kernel, cpu, zones, count, gfp)
        if pages:
            if place.interleaved:
                _count_interleaved(kernel, zones[0], pages)
            return pages
        if gfp & Gfp.THISNODE or not _reclaimed(kernel, cpu, zones, gfp):
            raise OutOfMemory("no free page above the watermarks", gfp, nodes=place.allowed)


def _reclaimed(kernel: Kernel, cpu: int, zones: tuple[Zone, ...], gfp: int) -> bool:
    from thpsh.mm.make_room import make_room  # loads reclaim: only a host that is short of memory pays for it

    return make_room(kernel, cpu, zones, gfp)


def _from_zones(kernel: Kernel, cpu: int, zones: tuple[Zone, ...], count: int, gfp: int) -> list[PageRun]:
    """Take pages down to the low marks, then, with kswapd woken, down to the min marks."""
    kind = allocflags_to_migratetype(gfp)
    pages: list[PageRun] = []
    for slow in (0, 1):
        for zone in zones:
            room = _available(zone, marks(zone, gfp)[slow], zones[0].kind, kind, cpu)
            if room:
                got = _take(kernel, (zones[0], zone), cpu, min(room, count), (kind, gfp))
                pages += got
                count -= sum(run[2] for run in got)
                if not count:
                    return pages
        if not slow and not gfp & Gfp.NO_KSWAPD:
            _wake_kswapd(kernel, zones, 0)
    return pages


def _take(
    kernel: Kernel, zones: tuple[Zone, Zone], cpu: int, count: int, how: tuple[MigrateType, int]
) -> list[PageRun]:
    zone = zones[1]
    kind, gfp = how
    got = rmqueue_pcp(kernel, zone, cpu, count, kind)
    if got:
        number = sum(run[2] for run in got)
        zone_statistics(kernel, zones, cpu, gfp, number)
        pfn = (got[0][0].index << HPAGE_ORDER) + got[0][1]
        kernel.trace.emit(MmPageAlloc(zone.node, zone.kind.label, 0, number, kind.label, pfn, gfp))
        if kernel.totals.hwpoison_seen:
            return _again_for_bad(kernel, zones, cpu, got, how)
    return got


def _again_for_bad(
    kernel: Kernel, zones: tuple[Zone, Zone], cpu: int, got: list[PageRun], how: tuple[MigrateType, int]
) -> list[PageRun]:
    """Take others instead of pages that turn out to be poisoned (buffered_rmqueue)."""
    from thpsh.mm.hwpoison_gate import check_new_pages  # most hosts never see a memory error

    good = check_new_pages(kernel, got)
    missing = sum(run[2] for run in got) - sum(run[2] for run in good)
    return good + _take(kernel, zones, cpu, missing, how) if missing else good


def alloc_block(
    kernel: Kernel, cpu: int, order: int, gfp: int, near: Placement | int | None = None
) -> tuple[Pageblock, int] | None:
    """Allocate one block of an order from 1 to 9: (pageblock, first frame); None when there is none to be had."""
    place = placed(kernel, cpu, near)
    zones = zonelist(kernel, place, gfp)
    found = block_from_freelist(kernel, cpu, zones, order, gfp, FAST)
    if found is None:
        if not gfp & Gfp.NO_KSWAPD:
            _wake_kswapd(kernel, zones, order)
        from thpsh.mm.page_alloc_slow import alloc_block_slow  # loads compaction, likewise

        found = alloc_block_slow(kernel, cpu, zones, order, gfp)
    if found is not None and place.interleaved:
        _count_interleaved(kernel, zones[0], [(*found, 1)])
    return found


def drain_all_pages(kernel: Kernel) -> None:
    """Empty the page lists of all CPUs."""
    for cpu in kernel.cpus:
        drain_pages(kernel, cpu.number)
