"""Reclaim in one zone before the next one is asked for memory (mm/vmscan.c: zone_reclaim)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from thpsh.mm.isolate import nr_lru_pages
from thpsh.mm.scan_control import SWAP_CLUSTER_MAX, ScanControl
from thpsh.mm.shrink_zone import shrink_zone
from thpsh.structs.page import Gfp, Lru
from thpsh.trace.events.swap import ZoneReclaimBegin, ZoneReclaimFailed

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Zone

WRITE: Final = 2  # bits of zone_reclaim_mode: write out dirty pages
SWAP: Final = 4  # take mapped pages and swap
_PRIORITY: Final = 4  # ZONE_RECLAIM_PRIORITY: a sixteenth of the zone at first
_PERCENT: Final = 100


class ZoneReclaim(IntEnum):
    """What came of it."""

    NOSCAN = -2  # not tried
    FULL = -1  # nothing in the zone is worth it
    SOME = 0
    SUCCESS = 1


def _pagecache_reclaimable(kernel: Kernel, zone: Zone) -> int:
    """Pages of files that the mode lets it take (zone_pagecache_reclaimable)."""
    mode, stat = kernel.sysctl.zone_reclaim_mode, zone.stat
    files = nr_lru_pages(zone, None, Lru.INACTIVE_FILE) + nr_lru_pages(zone, None, Lru.ACTIVE_FILE)
    pages = stat.nr_file_pages if mode & SWAP else max(0, files - stat.nr_mapped)
    return pages if mode & WRITE else max(0, pages - stat.nr_dirty)


def zone_reclaim(kernel: Kernel, cpu: int, zone: Zone, gfp: int, order: int) -> ZoneReclaim:
    """Reclaim some pages of a zone if it has enough unmapped page cache.

    It is meant for the local node, and for nodes without CPUs; but 3.0 notes only CPUs that come later (N_CPU), so
    every node looks like one without.
    """
    slab = zone.present * kernel.sysctl.min_slab_ratio // _PERCENT
    least = zone.present * kernel.sysctl.min_unmapped_ratio // _PERCENT
    worth = _pagecache_reclaimable(kernel, zone) > least
    if (not worth and zone.stat.nr_slab_reclaimable <= slab) or zone.all_unreclaimable:
        return ZoneReclaim.FULL
    if not gfp & Gfp.WAIT:
        return ZoneReclaim.NOSCAN
    with kernel.trace.cause(ZoneReclaimBegin(zone.node, zone.kind.label, order)):
        done = worth and _shrink(kernel, cpu, zone, order)
    if not done:
        kernel.trace.emit(ZoneReclaimFailed(zone.node, zone.kind.label))
    return ZoneReclaim.SUCCESS if done else ZoneReclaim.SOME


def _shrink(kernel: Kernel, cpu: int, zone: Zone, order: int) -> bool:
    """Scan harder and harder until there are as many pages as are asked for (__zone_reclaim)."""
    mode = kernel.sysctl.zone_reclaim_mode
    sc = ScanControl(
        kernel, cpu, max(1 << order, SWAP_CLUSTER_MAX), kernel.sysctl.swappiness, order=order,
        may_writepage=bool(mode & WRITE), may_unmap=bool(mode & SWAP),
    )  # fmt: skip
    for priority in range(_PRIORITY, -1, -1):
        shrink_zone(sc, zone, priority)
        if sc.reclaimed >= 1 << order:
            return True
    return False
