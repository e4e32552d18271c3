"""Throwing clean page cache away (fs/drop_caches.c: drop_pagecache_sb; mm/truncate.c: invalidate_mapping_pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.activate import deactivate_page
from thpsh.mm.frames import frames_of
from thpsh.mm.lru import in_use, release_frames
from thpsh.mm.page_cache import forget_offsets

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.pageblock import Pageblock

PAGE_CACHE: Final = 1  # bits of what is written to drop_caches
SLAB: Final = 2


def drop_caches(kernel: Kernel, what: int, cpu: int = 0) -> int:
    """Drop page cache, slabs or both; returns how many pages were freed. Nothing here is held in slabs to drop."""
    if not what & PAGE_CACHE:
        return 0
    return sum(_invalidate_mapping_pages(kernel, cpu, mapping) for mapping in _mappings(kernel) if mapping.nr_pages)


def _mappings(kernel: Kernel) -> list[AddressSpace]:
    """The caches of all files with a name and of all mapped ones, the latest first."""
    found = dict.fromkeys(file.mapping for file in kernel.tables.files.values())
    for task in kernel.tasks.values():
        for vma in task.mm.vmas if task.mm is not None else ():
            if vma.file is not None and vma.file.mapping.swap_backed:
                found.setdefault(vma.file.mapping)
    return list(found)[::-1]


def _invalidate_mapping_pages(kernel: Kernel, cpu: int, mapping: AddressSpace) -> int:
    """Free the pages of a file that nobody maps, that are clean, and that do not wait in a CPU's LRU cache.

    The others are the next to be reclaimed, unless somebody maps them.
    """
    found: dict[Pageblock, int] = {}
    for slot in mapping.slots.values():
        for block, frames in frames_of(kernel, slot, slot.present):
            found[block] = found.get(block, 0) | frames
    total = 0
    for block, frames in found.items():
        held = block.rare.held if block.rare is not None else 0
        free = frames & ~(block.once | block.dirty | block.pagevec | held)
        if free:
            forget_offsets(kernel, block, free)
            release_frames(kernel, cpu, {block: free & ~in_use(block)})
            total += free.bit_count()
        if kernel.features.deactivate_page:
            deactivate_page(kernel, block, frames & ~free)
    kernel.clock.spend(total * kernel.cost.reclaim_page)
    return total
