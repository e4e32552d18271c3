"""What an allocation of single pages does when all zones are at their min mark (mm/page_alloc.c: slow path)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.kswapd import kswapd_wanted, run_wanted
from thpsh.mm.vmscan import try_to_free_pages
from thpsh.structs.page import Gfp

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Zone


def make_room(kernel: Kernel, cpu: int, zones: tuple[Zone, ...], gfp: int) -> bool:
    """Reclaim some pages; False when nothing can be had.

    Kswapd, woken when the zones fell below their low marks, has had its turn by now; only where that did not help, the
    allocation reclaims itself (__alloc_pages_direct_reclaim).
    """
    if not gfp & Gfp.WAIT:
        return False
    if kswapd_wanted(kernel):
        free = sum(zone.free for zone in zones)
        run_wanted(kernel)
        if sum(zone.free for zone in zones) > free:
            return True
    return try_to_free_pages(kernel, cpu, zones, 0, gfp) > 0
