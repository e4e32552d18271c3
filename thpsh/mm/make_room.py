"""What an allocation of single pages does when all zones are at their min mark (mm/page_alloc.c: slow path)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.freezer import freezable
from thpsh.mm.kswapd import kswapd_wanted, run_for
from thpsh.mm.vmscan import try_to_free_pages
from thpsh.structs.page import Gfp

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Zone


TIME_SLICE: Final = 6_000_000  # nanoseconds that kswapd has before the allocating process runs again (sched_latency)


def make_room(kernel: Kernel, cpu: int, zones: tuple[Zone, ...], gfp: int) -> bool:
    """Reclaim some pages; False when nothing can be had.

    Kswapd, woken when the zones fell below their low marks, has had a time slice by now. Only where that was not enough
    to balance the zones, the allocation stalls and reclaims itself, too (__alloc_pages_direct_reclaim).
    """
    if not gfp & Gfp.WAIT:
        return False
    if kswapd_wanted(kernel) and not (kernel.totals.frozen and freezable(kernel, "kswapd")):
        free = sum(zone.free for zone in zones)
        if run_for(kernel, TIME_SLICE) and sum(zone.free for zone in zones) > free:
            return True
    return try_to_free_pages(kernel, cpu, zones, 0, gfp) > 0
