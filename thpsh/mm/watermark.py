"""Watermarks, reserves and what else follows from zone sizes (mm/page_alloc.c, mm/huge_memory.c)."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy_fallback import move_freepages_block, reserve_pageblock, set_pageblock_migratetype
from thpsh.structs.page import HPAGE_NR, PAGEBLOCK_ORDER, PCP_TYPES, MigrateType, ZoneType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Zone

_MIN_RESERVE_BLOCKS: Final = 2
_GIB_SHIFT: Final = 18  # pages to GiB
_LARGEST_THRESHOLD: Final = 125
_ULONG: Final = (1 << 64) - 1
_INT: Final = 1 << 32


def nr_free_buffer_pages(kernel: Kernel) -> int:
    """Pages above the high watermark of every zone up to Normal, as if all memory were free."""
    return sum(max(0, zone.present - zone.high_wmark) for zone in kernel.zones)


def init_per_zone_wmark_min(kernel: Kernel) -> None:
    """Set the default min_free_kbytes and everything derived from it; at boot, watermarks are still 0."""
    kernel.own(kernel.sysctl)
    kernel.sysctl.min_free_kbytes = max(128, min(65536, isqrt(nr_free_buffer_pages(kernel) * 4 * 16)))
    setup_per_zone_wmarks(kernel)
    setup_per_zone_lowmem_reserve(kernel)
    for zone in kernel.zones:
        zone.inactive_ratio = isqrt(10 * (zone.present >> _GIB_SHIFT)) or 1
        zone.drifts = len(kernel.cpus) * zone.stat_threshold > zone.low_wmark - zone.min_wmark


def set_recommended_min_free_kbytes(kernel: Kernel) -> None:
    """Raise min_free_kbytes so that THP finds unfragmented memory; nothing while THP is off."""
    if not kernel.features.recommended_min_free or not kernel.thp.enabled:
        return
    pages = HPAGE_NR * len(kernel.zones) * (_MIN_RESERVE_BLOCKS + PCP_TYPES * PCP_TYPES)
    pages = min(pages, nr_free_buffer_pages(kernel) // 20)
    if pages * 4 > kernel.sysctl.min_free_kbytes & _ULONG:  # to an unsigned number, nothing is below a negative one
        kernel.own(kernel.sysctl)
        kernel.sysctl.min_free_kbytes = pages * 4
    setup_per_zone_wmarks(kernel)


def setup_per_zone_wmarks(kernel: Kernel) -> None:
    """Recompute the watermarks of all zones and re-select their Reserve pageblocks.

    A negative min_free_kbytes becomes an unsigned number of pages, more than any machine has.
    """
    pages_min = kernel.sysctl.min_free_kbytes >> 2 & _ULONG
    present = sum(zone.present for zone in kernel.zones)
    for zone in kernel.zones:
        kernel.own(zone)
        share = (pages_min * zone.present & _ULONG) // present
        zone.min_wmark = share
        zone.low_wmark = share + (share >> 2)
        zone.high_wmark = share + (share >> 1)
        _setup_zone_migrate_reserve(kernel, zone)


def _candidates(zone: Zone) -> Iterator[int]:
    """Pageblocks without reserved pages, in address order."""
    for index in range(zone.start_pfn >> 9, (zone.end_pfn + HPAGE_NR - 1) >> 9):
        first, last = index << 9, (index + 1) << 9
        if any(a < last and first < b for a, b in zone.reserved):
            continue
        if any(a <= first and last <= b for a, b in zone.usable):
            yield index


def _setup_zone_migrate_reserve(kernel: Kernel, zone: Zone) -> None:
    blocks = -(-zone.min_wmark // HPAGE_NR) % _INT  # counted in an int
    wanted = min(_MIN_RESERVE_BLOCKS, blocks - _INT if blocks >= _INT >> 1 else blocks)
    kept: set[int] = set()
    for index in _candidates(zone):
        if len(kept) >= wanted:
            break
        kind = zone.migratetype(index)
        if kind == MigrateType.MOVABLE:
            reserve_pageblock(kernel, zone, index)
        if kind in (MigrateType.MOVABLE, MigrateType.RESERVE):
            kept.add(index)
    for index in [i for i, kind in zone.types.items() if kind == MigrateType.RESERVE and i not in kept]:
        set_pageblock_migratetype(kernel, zone, index, MigrateType.MOVABLE)
        move_freepages_block(kernel, zone, index, MigrateType.MOVABLE)


def setup_per_zone_lowmem_reserve(kernel: Kernel) -> None:
    """Recompute how much of each zone is kept from allocations that could use a higher one."""
    ratios = kernel.sysctl.lowmem_reserve_ratio
    for node in kernel.nodes:
        present = {zone.kind: zone.present for zone in node.zones}
        for zone in node.zones:
            kernel.own(zone)
            zone.lowmem_reserve = tuple(
                sum(present.get(kind, 0) for kind in ZoneType if zone.kind < kind <= highest) // ratios[zone.kind]
                if zone.kind < highest
                else 0
                for highest in ZoneType
            )


def zone_watermark_ok(zone: Zone, order: int, mark: int, classzone: int) -> bool:
    """Would the zone stay above a mark after an allocation of this order, at every order below it?"""
    wanted = (1 << order) + 1
    free = zone.free - wanted
    least = mark + zone.lowmem_reserve[classzone]
    if free <= least:
        return False
    if order == PAGEBLOCK_ORDER and large_free(zone) - wanted > least:
        return True  # what is left at the end is already more than the first test asks for
    for lower in range(order):
        free -= sum(listed.nr for listed in zone.area.lists[lower]) << lower
        mark >>= 1
        if free <= mark:
            return False
    return True


def large_free(zone: Zone) -> int:
    """Free pages in blocks of order 9 and 10."""
    blocks = 0
    for nine, ten in zip(*zone.area.lists[PAGEBLOCK_ORDER:], strict=True):
        blocks += nine.nr + 2 * ten.nr
    return blocks << PAGEBLOCK_ORDER


def huge_pages_at_hand(zone: Zone, kind: int) -> int:
    """How many huge pages of a type can be taken in the fast path, one after the other, without a further look.

    That many surely: each leaves the zone above its low mark, for allocations that prefer it.
    """
    nine, ten = (lists[kind].nr for lists in zone.area.lists[PAGEBLOCK_ORDER:])
    above = min(zone.free, large_free(zone)) - zone.low_wmark - zone.lowmem_reserve[zone.kind]
    return min(nine + 2 * ten, max(0, (above - 2) // HPAGE_NR))


def zone_batchsize(present: int) -> int:
    """Refill size of a zone's per-cpu lists, as printed; at least 1 is used."""
    batch = max(1, min(present // 1024, 128) // 4)
    return (1 << (batch + batch // 2).bit_length() - 1) - 1


def calculate_normal_threshold(cpus: int, present: int) -> int:
    """How far per-cpu counters of a zone drift before they are folded (`vm stats threshold`)."""
    return min(_LARGEST_THRESHOLD, 2 * cpus.bit_length() * (1 + (present >> 15).bit_length()))


def percpu_threshold(kernel: Kernel, zone: Zone) -> int:
    """The same as it stands: smaller, mostly, in small zones while kswapd is awake (set_pgdat_percpu_threshold)."""
    kswapd = kernel.nodes[zone.node].kswapd
    if not zone.drifts or not (kswapd.wanted or kswapd.nap):
        return zone.stat_threshold
    return min(_LARGEST_THRESHOLD, max(1, (zone.low_wmark - zone.min_wmark) // len(kernel.cpus)))
