"""Freeing what was allocated: single pages, blocks, huge pages (mm/page_alloc.c: __free_pages_ok, free_pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.buddy import free_frames
from thpsh.mm.pcp import free_pages_masks
from thpsh.structs.bits import FULL, span
from thpsh.structs.page import HPAGE_ORDER
from thpsh.trace.events.kmem import MmPageFree

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone


def free_block(kernel: Kernel, block: Pageblock, first: int, order: int) -> None:
    """Free one block of an order from 1 to 9, past the per-cpu lists (__free_pages_ok)."""
    zone = block.zone
    mask = span(first, first + (1 << order))
    if kernel.totals.hwpoison_seen and not _may_be_freed(kernel, block, mask):
        return
    free_frames(kernel, block, mask, zone.migratetype(block.index))
    kernel.trace.emit(MmPageFree(zone.node, zone.kind.label, order, 1))


def free_huge_blocks(kernel: Kernel, blocks: list[Pageblock]) -> None:
    """Free huge pages, in that order."""
    counts: dict[Zone, int] = {}
    for block in blocks:
        if kernel.totals.hwpoison_seen and not _may_be_freed(kernel, block, FULL):
            continue
        zone = block.zone
        free_frames(kernel, block, FULL, zone.migratetype(block.index))
        counts[zone] = counts.get(zone, 0) + 1
    for zone, count in counts.items():
        kernel.trace.emit(MmPageFree(zone.node, zone.kind.label, HPAGE_ORDER, count))


def _may_be_freed(kernel: Kernel, block: Pageblock, mask: int) -> bool:
    from thpsh.mm.hwpoison_gate import free_block_check  # most hosts never see a memory error

    return free_block_check(kernel, block, mask)


def free_runs(kernel: Kernel, cpu: int, pages: list[PageRun]) -> None:
    """Free single pages given as runs."""
    freed: dict[Pageblock, int] = {}
    for block, first, length in pages:
        freed[block] = freed.get(block, 0) | span(first, first + length)
    if freed:
        free_pages_masks(kernel, cpu, freed)
