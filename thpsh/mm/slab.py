"""Kernel memory of VMAs: vm_area_struct and anon_vma_chain take pages of Unmovable pageblocks (mm/slab.c).

A process that cuts its memory into tens of thousands of VMAs costs the host whole pageblocks. Other slabs are the
constant that a quiet host has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.page_alloc import OutOfMemory, alloc_small
from thpsh.mm.pcp import free_pages_masks
from thpsh.structs.bits import span
from thpsh.structs.page import PAGE_SIZE, Gfp
from thpsh.structs.slab import AT_BOOT

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

VMA_BYTES: Final = 176 + 48  # struct vm_area_struct, and the anon_vma_chain of an anonymous one


def slab_pages(vmas: int) -> int:
    """How many pages more than a quiet host's so many VMAs take."""
    return max(0, vmas - AT_BOOT) * VMA_BYTES // PAGE_SIZE


def resize_slab(kernel: Kernel) -> None:
    """Let the slabs of VMAs follow their number, at the end of a command."""
    missing = slab_pages(kernel.slab.vmas) - kernel.slab.pages
    if missing > 0:
        _grow(kernel, missing)
    elif missing < 0:
        _shrink(kernel, -missing)


def _grow(kernel: Kernel, pages: int) -> None:
    """Take pages; where there are none left, the slabs stay as they are (kmem_cache_grow)."""
    slab = kernel.slab
    kernel.own(slab)
    while pages:
        try:
            got = alloc_small(kernel, 0, pages, Gfp.KERNEL)
        except OutOfMemory:
            return
        for block, first, length in got:
            kernel.own(block)
            kernel.own(block.zone.stat)
            block.kernel |= span(first, first + length)
            block.zone.stat.nr_slab_unreclaimable += length
            slab.runs.append((block, first, length))
            slab.pages += length
            pages -= length


def _shrink(kernel: Kernel, pages: int) -> None:
    """Give the newest pages back (slab_destroy)."""
    slab = kernel.slab
    kernel.own(slab)
    freed: dict[Pageblock, int] = {}
    while pages:
        block, first, length = slab.runs.pop()
        count = min(pages, length)
        if count < length:
            slab.runs.append((block, first, length - count))
        mask = span(first + length - count, first + length)
        kernel.own(block)
        kernel.own(block.zone.stat)
        block.kernel &= ~mask
        block.zone.stat.nr_slab_unreclaimable -= count
        freed[block] = freed.get(block, 0) | mask
        slab.pages -= count
        pages -= count
    free_pages_masks(kernel, 0, freed)
