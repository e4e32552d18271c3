"""Taking a block from the first zone that can spare it (mm/page_alloc.c: get_page_from_freelist, zone_statistics)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy_fallback import rmqueue
from thpsh.mm.watermark import zone_watermark_ok
from thpsh.structs.page import HPAGE_ORDER, Gfp, allocflags_to_migratetype
from thpsh.trace.events.kmem import MmPageAlloc

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

# Distances between marks that the flags of the caller may cross (gfp_to_alloc_flags).
_HIGH_SHARE: Final = 2
_HARDER_SHARE: Final = 4

_THISNODE: Final = Gfp.THISNODE | Gfp.NORETRY | Gfp.NOWARN  # GFP_THISNODE

FAST: Final = 0
SLOW: Final = 1
LAST: Final = 2


def this_node_only(gfp: int) -> bool:
    """Is an allocation only worth one look, as its caller goes to another node then?"""
    return gfp & _THISNODE == _THISNODE


def marks(zone: Zone, gfp: int) -> tuple[int, int, int]:
    """The mark of the first look, that of all later ones, and that of the one before somebody would be killed."""
    mark = zone.min_wmark
    if gfp & Gfp.HIGH:
        mark -= mark // _HIGH_SHARE
    if not gfp & Gfp.WAIT and not gfp & Gfp.NOMEMALLOC:
        mark -= mark // _HARDER_SHARE
    return zone.low_wmark, mark, zone.high_wmark


def zone_reclaimed(kernel: Kernel, cpu: int, zone: Zone, gfp: int, order: int) -> bool:
    """Under zone_reclaim_mode: was something reclaimed in a zone at its mark, before the next one is looked at?"""
    from thpsh.mm.zone_reclaim import ZoneReclaim, zone_reclaim  # off unless nodes are far apart

    return zone_reclaim(kernel, cpu, zone, gfp, order) >= ZoneReclaim.SOME


def zone_statistics(kernel: Kernel, zones: tuple[Zone, Zone], cpu: int, gfp: int, calls: int) -> None:
    """NUMA counters: one a call, whatever its order; `zones` are the preferred one and that taken."""
    preferred, zone = zones
    other = gfp & Gfp.OTHER_NODE and kernel.intended.other_node_counts
    local = preferred.node if other else kernel.cpus[cpu].node
    stat = zone.stat
    kernel.own(stat)
    if zone.node == preferred.node:
        stat.numa_hit += calls
    else:
        stat.numa_miss += calls
        kernel.own(preferred.stat)
        preferred.stat.numa_foreign += calls
    if zone.node == local:
        stat.numa_local += calls
    else:
        stat.numa_other += calls


def block_from_freelist(
    kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int, look: int
) -> tuple[Pageblock, int] | None:
    """Take one block of an order from 1 to 9 as long as a zone stays above the mark of this look."""
    kind = allocflags_to_migratetype(gfp)
    for zone in zones:
        mark = zone.low_wmark if look == FAST else marks(zone, gfp)[look]
        if not zone_watermark_ok(zone, order, mark, zones[0].kind):
            if not kernel.sysctl.zone_reclaim_mode or not zone_reclaimed(kernel, cpu, zone, gfp, order):
                continue
            if not zone_watermark_ok(zone, order, mark, zones[0].kind):
                continue
        while (found := rmqueue(kernel, zone, order, kind)) is not None:
            zone_statistics(kernel, (zones[0], zone), cpu, gfp, 1)
            pfn = (found[0].index << HPAGE_ORDER) + found[1]
            kernel.trace.emit(MmPageAlloc(zone.node, zone.kind.label, order, 1, kind.label, pfn, gfp))
            if not kernel.totals.hwpoison_seen or _usable(kernel, *found, order):
                return found
    return None


def _usable(kernel: Kernel, block: Pageblock, first: int, order: int) -> bool:
    from thpsh.mm.hwpoison_gate import check_new_block  # most hosts never see a memory error

    return check_new_block(kernel, block, first, order)
