"""What a high-order allocation does when no block is to be had at once (mm/page_alloc.c: __alloc_pages_slowpath)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.compaction import (
    CompactResult,
    compaction_deferred,
    defer_compaction,
    forget_deferral,
    try_to_compact_pages,
)
from thpsh.mm.freelist import SLOW, block_from_freelist
from thpsh.mm.pcp import drain_pages
from thpsh.mm.vmscan import try_to_free_pages
from thpsh.structs.page import Gfp
from thpsh.trace.events.compaction import CompactFail, CompactSuccess

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

_THISNODE: Final = Gfp.THISNODE | Gfp.NORETRY | Gfp.NOWARN  # GFP_THISNODE: another node is to be tried instead


def alloc_block_slow(
    kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int
) -> tuple[Pageblock, int] | None:
    """Look again down to the min mark, then compact, reclaim and compact once more, if the caller may wait.

    The second compaction follows whether or not the reclaim got anywhere. Nothing is killed for a block, and nobody
    tries for ever.
    """
    if gfp & _THISNODE == _THISNODE:
        return None
    found = block_from_freelist(kernel, cpu, zones, order, gfp, SLOW)
    if found is not None or not gfp & Gfp.WAIT:
        return found
    sync = kernel.features.compact_sync_after_reclaim
    return (
        _direct_compact(kernel, cpu, zones, order, gfp, sync=False)
        or _direct_reclaim(kernel, cpu, zones, order, gfp)
        or _direct_compact(kernel, cpu, zones, order, gfp, sync=sync)
    )


def _direct_reclaim(
    kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int
) -> tuple[Pageblock, int] | None:
    """Free some pages and look again, the second time without anything in the CPUs' lists."""
    if not try_to_free_pages(kernel, cpu, zones, order, gfp):
        return None
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
