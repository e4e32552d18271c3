"""What a high-order allocation does when no block is to be had at once (mm/page_alloc.c: __alloc_pages_slowpath)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.compaction import (
    CompactResult,
    compaction_deferred,
    defer_compaction,
    forget_deferral,
    try_to_compact_pages,
)
from thpsh.mm.freelist import LAST, SLOW, block_from_freelist
from thpsh.mm.pcp import drain_pages
from thpsh.mm.vmscan import try_to_free_pages
from thpsh.structs.page import COSTLY_ORDER, Gfp
from thpsh.trace.events.compaction import CompactFail, CompactSuccess

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone


def alloc_block_slow(
    kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int
) -> tuple[Pageblock, int] | None:
    """Look again down to the min mark, then compact and reclaim, if the caller may wait.

    Whoever does not want to try again (NORETRY: a huge fault) gets a second compaction, whether or not the reclaim got
    anywhere. One who does (REPEAT: hugetlbfs) begins anew until as many pages were reclaimed as it needs, or none.
    """
    sync, reclaimed = False, 0
    while True:
        found = block_from_freelist(kernel, cpu, zones, order, gfp, SLOW)
        if found is not None or not gfp & Gfp.WAIT:
            return found
        found = _direct_compact(kernel, cpu, zones, order, gfp, sync=sync)
        if found is not None:
            return found
        sync = kernel.features.compact_sync_after_reclaim or not gfp & Gfp.NO_KSWAPD
        freed = try_to_free_pages(kernel, cpu, zones, order, gfp)
        found = _after_reclaim(kernel, cpu, zones, order, gfp) if freed else None
        if found is not None:
            return found
        if not freed and gfp & Gfp.FS and not gfp & Gfp.NORETRY:
            return block_from_freelist(kernel, cpu, zones, order, gfp, LAST)  # nobody is killed for a block
        reclaimed += freed
        if not _should_alloc_retry(order, gfp, reclaimed):
            return _direct_compact(kernel, cpu, zones, order, gfp, sync=sync)


def _should_alloc_retry(order: int, gfp: int, reclaimed: int) -> bool:
    """Is it worth while to begin anew?"""
    if gfp & Gfp.NORETRY:
        return False
    return order <= COSTLY_ORDER or bool(gfp & Gfp.REPEAT and reclaimed < 1 << order)


def _after_reclaim(
    kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int
) -> tuple[Pageblock, int] | None:
    """Look once more, and again without anything in the CPUs' lists."""
    found = block_from_freelist(kernel, cpu, zones, order, gfp, SLOW)
    if found is None:
        for each in kernel.cpus:
            drain_pages(kernel, each.number)
        found = block_from_freelist(kernel, cpu, zones, order, gfp, SLOW)
    return found


def _direct_compact(
    kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int, *, sync: bool
) -> tuple[Pageblock, int] | None:
    """Compact unless that failed of late, and look once more; how it ends decides how soon the next one may try."""
    preferred = zones[0]
    if compaction_deferred(kernel, preferred):
        return None
    if try_to_compact_pages(kernel, cpu, zones, order, gfp, sync=sync) is CompactResult.SKIPPED:
        return None
    drain_pages(kernel, cpu)
    found = block_from_freelist(kernel, cpu, zones, order, gfp, SLOW)
    if found is not None:
        forget_deferral(kernel, preferred)
        kernel.trace.emit(CompactSuccess(order))
        return found
    defer_compaction(kernel, preferred)
    kernel.trace.emit(CompactFail(order, preferred.compaction.shift))
    return None
