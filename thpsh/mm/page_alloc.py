"""Page allocation: zonelists, watermarks, statistics (mm/page_alloc.c: __alloc_pages_nodemask)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ThpshError
from thpsh.mm.freelist import (
    FAST,
    block_from_freelist,
    marks,
    this_node_only,
    zone_reclaimed,
    zone_statistics,
)
from thpsh.mm.pcp import PageRun, drain_pages, rmqueue_pcp
from thpsh.mm.watermark import zone_watermark_ok
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


def wake_all_kswapd(kernel: Kernel, place: Placement, gfp: int, order: int, classzone: int) -> None:
    """Ask the nodes of a zonelist to reclaim, those that a policy forbids too (wake_all_kswapd)."""
    highest = highest_zone(gfp)
    for zone in kernel.nodes[place.node].zonelist:
        if zone.kind <= highest:
            wakeup_kswapd(kernel, zone, order, classzone)


def wakeup_kswapd(kernel: Kernel, zone: Zone, order: int, classzone: int) -> None:
    """Wake the kswapd of a zone that is below its low mark; what it is asked for it hears of in any case."""
    kswapd = kernel.nodes[zone.node].kswapd
    if kswapd.order < order:
        kernel.own(kswapd)
        kswapd.order = order
        kswapd.classzone = min(kswapd.classzone, classzone)
    if kswapd.wanted or zone_watermark_ok(zone, order, zone.low_wmark, 0):
        return
    kernel.own(kswapd)
    kswapd.wanted = True


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
    drained = True
    while True:
        pages = _from_zones(kernel, cpu, (place, zones), count, gfp)
        if pages:
            if place.interleaved:
                _count_interleaved(kernel, zones[0], pages)
            return pages
        if not drained:  # what was reclaimed may lie in the lists of CPUs
            drain_all_pages(kernel)
            drained = True
            continue
        if this_node_only(gfp) or not _reclaimed(kernel, cpu, zones, gfp):
            raise OutOfMemory("no free page above the watermarks", gfp, nodes=place.allowed)
        drained = False


def _reclaimed(kernel: Kernel, cpu: int, zones: tuple[Zone, ...], gfp: int) -> bool:
    from thpsh.mm.make_room import make_room  # loads reclaim: only a host that is short of memory pays for it

    return make_room(kernel, cpu, zones, gfp)


def _from_zones(
    kernel: Kernel, cpu: int, where: tuple[Placement, tuple[Zone, ...]], count: int, gfp: int
) -> list[PageRun]:
    """Take pages down to the low marks, then, with kswapd woken, down to the min marks."""
    place, zones = where
    pages: list[PageRun] = []
    for slow in (0, 1):
        for zone in zones:
            got = _from_zone(kernel, cpu, (zones[0], zone), count, (gfp, slow))
            pages += got
            count -= sum([run[2] for run in got])
            if not count:
                return pages
        if slow or this_node_only(gfp):
            break
        if not gfp & Gfp.NO_KSWAPD:
            wake_all_kswapd(kernel, place, gfp, 0, zones[0].kind)
    return pages


def _from_zone(kernel: Kernel, cpu: int, zones: tuple[Zone, Zone], count: int, look: tuple[int, int]) -> list[PageRun]:
    """Take pages from a zone down to a mark, as far as zone_reclaim_mode says after reclaim in the zone."""
    gfp, slow = look
    zone = zones[1]
    kind = allocflags_to_migratetype(gfp)
    room = _available(zone, marks(zone, gfp)[slow], zones[0].kind, kind, cpu)
    pages = _take(kernel, zones, cpu, min(room, count), (kind, gfp)) if room else []
    if not kernel.sysctl.zone_reclaim_mode:
        return pages
    count -= sum([run[2] for run in pages])
    while count and zone_reclaimed(kernel, cpu, zone, gfp, 0):
        room = _available(zone, marks(zone, gfp)[slow], zones[0].kind, kind, cpu)
        if not room:
            break
        more = _take(kernel, zones, cpu, min(room, count), (kind, gfp))
        pages += more
        count -= sum([run[2] for run in more])
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
    if found is None and not this_node_only(gfp):
        if not gfp & Gfp.NO_KSWAPD:
            wake_all_kswapd(kernel, place, gfp, order, zones[0].kind)
        from thpsh.mm.page_alloc_slow import alloc_block_slow  # loads compaction, likewise

        found = alloc_block_slow(kernel, cpu, zones, order, gfp)
    if found is not None and place.interleaved:
        _count_interleaved(kernel, zones[0], [(*found, 1)])
    return found


def drain_all_pages(kernel: Kernel) -> None:
    """Empty the page lists of all CPUs."""
    for cpu in kernel.cpus:
        drain_pages(kernel, cpu.number)
