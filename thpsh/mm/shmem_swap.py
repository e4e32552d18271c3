"""Shared memory in swap (mm/shmem.c: shmem_writepage, the swap half of shmem_getpage, shmem_unuse).

A page that goes out moves from its file's cache to the swap cache, and the file keeps the slot: page tables that mapped
the page are simply empty. What comes back moves the other way, and is dirty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.filemap import add_some_to_page_cache, map_offset
from thpsh.mm.free_pages import free_runs
from thpsh.mm.memcg_charge import charge_pages
from thpsh.mm.memcontrol import cancel_charge, move_charges
from thpsh.mm.memory.swap import charge_swapin, commit_charge_swapin, swapin_readahead
from thpsh.mm.mempolicy import cache_placement
from thpsh.mm.page_alloc import OutOfMemory, alloc_small
from thpsh.mm.page_cache import leave_cache
from thpsh.mm.page_rmap import forget_owner, owner_of, set_owner
from thpsh.mm.scan_swap_map import new_swap_entries
from thpsh.mm.swap_state import (
    add_to_swap_cache,
    cached_frame,
    delete_from_swap_cache,
    free_swap_and_cache,
    lookup_swap_cache,
)
from thpsh.mm.swapfile import swap_duplicate, swap_free
from thpsh.structs.bits import PAGES, indices, lowest, span
from thpsh.structs.page import Gfp

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task


def shmem_writepage(kernel: Kernel, block: Pageblock, frames: int) -> int:
    """Move unmapped dirty pages of shared memory to the swap cache; returns those for which there was no slot."""
    if not kernel.swap.total:
        return frames
    moving = indices(frames)
    slots = dict(zip(moving, new_swap_entries(kernel, len(moving)), strict=False))
    if not slots:
        return frames
    add_to_swap_cache(kernel, block, slots)
    moved = 0
    for frame in slots:
        moved |= 1 << frame
    kernel.own(kernel.swap)
    for owner, offsets in leave_cache(kernel, block, moved):
        mapping = owner.mapping
        mapping.swapped |= {offset: slots[frame] for frame, offset in offsets.items()}
        kernel.swap.shmem[mapping] = None
        forget_owner(block, owner.mask)
        set_owner(block, owner.mask, kernel.swap.space, owner.memcg, 0)
    swap_duplicate(kernel, slots.values())
    return frames & ~moved


def shmem_getpages(kernel: Kernel, task: Task, mapping: AddressSpace, place: int, missing: int) -> tuple[int, int, int]:
    """Bring the first of some pages of a slot of 512 page offsets into the cache, and others as far as they come along.

    Returns the pages made, the page that had to be read by a major fault, and how many slots were read for it.
    """
    away = swapped_pages(mapping, place, missing)
    first = lowest(missing)
    if away and away[0] == first:
        read = _swap_in(kernel, task, mapping, place * PAGES + first)
        return 0, bool(read) << first, read
    holes = missing & span(0, away[0]) if away else missing
    return add_some_to_page_cache(kernel, task, mapping, place, holes), 0, 0


def swapped_pages(mapping: AddressSpace, place: int, pages: int) -> list[int]:
    """Of some pages of a slot, those that are in swap."""
    if not mapping.swapped:
        return []
    return [page for page in indices(pages) if place * PAGES + page in mapping.swapped]


def _swap_in(kernel: Kernel, task: Task, mapping: AddressSpace, offset: int) -> int:
    """Bring one page back; returns how many slots were read, none if it was in the swap cache."""
    spare = _preallocate(kernel, task, mapping, offset)
    entry = mapping.swapped[offset]
    found = lookup_swap_cache(kernel, entry)
    count = 0
    if found is None:
        _, where = cache_placement(kernel, task, mapping, offset // PAGES, 1 << offset % PAGES)
        count = swapin_readahead(kernel, task.cpu, entry, where)
        found = lookup_swap_cache(kernel, entry)
    if found is not None:
        _take_back(kernel, task, mapping, offset, found)
    if spare:
        cancel_charge(kernel, task.cgroup, 1)
        move_charges(kernel, task.cgroup, 1)
        free_runs(kernel, task.cpu, spare)
    return count


def _preallocate(kernel: Kernel, task: Task, mapping: AddressSpace, offset: int) -> list[PageRun]:
    """The page that shmem_getpage gets ready for a hole, before it finds that there is none; it may fail."""
    _, where = cache_placement(kernel, task, mapping, offset // PAGES, 1 << offset % PAGES)
    try:
        charge_pages(kernel, task, task.cgroup, 1)
    except OutOfMemory:
        return []
    try:
        return alloc_small(kernel, task.cpu, 1, Gfp.HIGHUSER_MOVABLE, where)
    except OutOfMemory:
        cancel_charge(kernel, task.cgroup, 1)
        return []


def _take_back(kernel: Kernel, task: Task, mapping: AddressSpace, offset: int, found: tuple[Pageblock, int]) -> None:
    """Move a page from the swap cache to the cache of its file (add_to_page_cache_locked, delete_from_swap_cache)."""
    block, frame = found
    entry = mapping.swapped[offset]
    memcg = charge_swapin(kernel, task, task.cgroup, found, entry)
    owner = owner_of(block, frame)
    charged = memcg or (owner[0].memcg if owner is not None else None)
    kernel.own(mapping)
    kernel.own(kernel.swap)
    del mapping.swapped[offset]
    if not mapping.swapped:
        del kernel.swap.shmem[mapping]
    delete_from_swap_cache(kernel, block, 1 << frame)
    forget_owner(block, 1 << frame)
    set_owner(block, 1 << frame, mapping, charged, offset - frame)
    map_offset(kernel, mapping, offset, found)
    commit_charge_swapin(kernel, found, entry, memcg, cache=True)
    swap_free(kernel, [entry])


def shmem_unuse(kernel: Kernel, task: Task, mapping: AddressSpace, offset: int) -> None:
    """Bring a page of shared memory back from the swap cache (shmem_unuse)."""
    pfn = cached_frame(kernel, mapping.swapped[offset])
    if pfn is not None:
        _take_back(kernel, task, mapping, offset, (kernel.block_of(pfn), pfn & PAGES - 1))


def shmem_free_swp(kernel: Kernel, cpu: int, mapping: AddressSpace, first: int, last: int) -> None:
    """Give up the slots of the offsets [first, last): a hole is punched, or the file is gone (shmem_free_swp)."""
    gone = [offset for offset in mapping.swapped if first <= offset < last]
    if not gone:
        return
    kernel.own(mapping)
    kernel.own(kernel.swap)
    entries = [mapping.swapped.pop(offset) for offset in gone]
    if not mapping.swapped:
        del kernel.swap.shmem[mapping]
    free_swap_and_cache(kernel, cpu, entries)
