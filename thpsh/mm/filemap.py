"""The page cache: pages of files and of shared memory (mm/filemap.c, mm/shmem.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.frames import add, frames_of, pieces
from thpsh.mm.memcg_charge import charge_pages
from thpsh.mm.memcontrol import cancel_charge, charge_cache
from thpsh.mm.mempolicy import cache_placement
from thpsh.mm.page_alloc import OutOfMemory, alloc_small
from thpsh.mm.page_rmap import set_owner
from thpsh.mm.pagevec import lru_cache_add_runs
from thpsh.structs.bits import PAGES, PREFIX, indices, lowest, shifted, span
from thpsh.structs.page import Gfp, Lru
from thpsh.structs.page_table import FrameMap
from thpsh.trace.events.swap import MmFilemapAddToPageCache

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_cache import AddressSpace, File
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task

READAHEAD: Final = 32  # pages read around a miss of a mapped file


def cached_pages(mapping: AddressSpace, offset_slot: int) -> int:
    """The pages of a slot of 512 page offsets that are in the cache."""
    slot = mapping.slots.get(offset_slot)
    return slot.present if slot is not None else 0


def frames_behind(
    kernel: Kernel, mapping: AddressSpace, offset_slot: int, mask: int
) -> list[tuple[int, Pageblock, int]]:
    """The frames of cached pages as (pages, pageblock, shift) pieces."""
    slot = mapping.slots.get(offset_slot)
    return pieces(kernel, slot, mask) if slot is not None else []


def add_to_page_cache(kernel: Kernel, task: Task, mapping: AddressSpace, offset_slot: int, mask: int) -> None:
    """Allocate cache pages for some offsets that have none; zeros for shared memory, read from disk for files."""
    while mask:
        mask ^= add_some_to_page_cache(kernel, task, mapping, offset_slot, mask)


def add_some_to_page_cache(kernel: Kernel, task: Task, mapping: AddressSpace, offset_slot: int, mask: int) -> int:
    """The same up to where memory gets short; returns the offsets that have pages now, the lowest at least.

    Who maps or reads page by page does so with these before more are asked for: reclaim would take them away again.
    """
    part, where = cache_placement(kernel, task, mapping, offset_slot, mask)
    charged = charge_pages(kernel, task, task.cgroup, part.bit_count())
    try:
        pages = alloc_small(kernel, task.cpu, charged, _gfp_mask(mapping), where)
    except OutOfMemory:
        cancel_charge(kernel, task.cgroup, charged)
        raise
    count = sum(run[2] for run in pages)
    cancel_charge(kernel, task.cgroup, charged - count)
    part = part if count == part.bit_count() else part & PREFIX[indices(part)[count]]
    _add_pages(kernel, task, mapping, (offset_slot, part), pages)
    return part


def _gfp_mask(mapping: AddressSpace) -> int:
    """How pages of a cache are asked for; what a disk is going to fill need not be warm (page_cache_alloc_cold)."""
    if mapping.unevictable:
        return Gfp.HIGHUSER  # as ramfs_get_inode says
    return Gfp.HIGHUSER_MOVABLE if mapping.swap_backed else Gfp.HIGHUSER_MOVABLE | Gfp.COLD


def _add_pages(kernel: Kernel, task: Task, mapping: AddressSpace, where: tuple[int, int], pages: list[PageRun]) -> None:
    """Put fresh pages at offsets (slot, mask) of a cache, in order."""
    offset_slot, mask = where
    kernel.own(mapping)
    slot = mapping.slots.get(offset_slot)
    if slot is None:
        slot = mapping.slots[offset_slot] = FrameMap(epoch=kernel.journal.epoch)
    kernel.own(slot)
    offsets = iter(indices(mask))
    base = offset_slot * PAGES
    for block, first, length in pages:
        kernel.own(block)
        for frame in range(first, first + length):
            page = next(offsets)
            add(slot, 1 << page, block, frame - page)
            set_owner(block, 1 << frame, mapping, task.cgroup, base + page - frame)
        _count(kernel, block, span(first, first + length), mapping)
    count = sum(run[2] for run in pages)
    mapping.nr_pages += count
    charge_cache(kernel, task.cgroup, count)
    if not mapping.swap_backed:
        kernel.trace.emit(MmFilemapAddToPageCache(base + lowest(mask), count))
    lru_cache_add_runs(kernel, task.cpu, pages, Lru.INACTIVE_ANON if mapping.swap_backed else Lru.INACTIVE_FILE)


def map_offset(kernel: Kernel, mapping: AddressSpace, offset: int, page: tuple[Pageblock, int]) -> None:
    """Put one page, whose owner is noted and whose group is charged, at an offset of a cache."""
    block, frame = page
    kernel.own(mapping)
    slot = mapping.slots.get(offset // PAGES)
    if slot is None:
        slot = mapping.slots[offset // PAGES] = FrameMap(epoch=kernel.journal.epoch)
    kernel.own(slot)
    place = offset % PAGES
    add(slot, 1 << place, block, frame - place)
    _count(kernel, block, 1 << frame, mapping)
    mapping.nr_pages += 1


def _count(kernel: Kernel, block: Pageblock, frames: int, mapping: AddressSpace) -> None:
    kernel.own(block)
    block.cached |= frames
    stat = block.zone.stat
    kernel.own(stat)
    stat.nr_file_pages += frames.bit_count()
    if mapping.swap_backed:
        stat.nr_shmem += frames.bit_count()
    if mapping.unevictable:
        block.dirty |= frames


def readahead(kernel: Kernel, task: Task, file: File, offset_slot: int, page: int) -> None:
    """Bring the pages around a miss into the cache (do_sync_mmap_readahead, page_cache_read)."""
    last = -(-file.length // 4096) - offset_slot * PAGES if file.length else PAGES
    first = max(0, page - READAHEAD // 2)
    window = span(first, max(page + 1, min(first + READAHEAD, PAGES, last)))
    missing = window & ~cached_pages(file.mapping, offset_slot)
    if missing:
        add_to_page_cache(kernel, task, file.mapping, offset_slot, missing)
    if not cached_pages(file.mapping, offset_slot) >> page & 1:  # a group so small that its pages are gone already
        add_to_page_cache(kernel, task, file.mapping, offset_slot, 1 << page)


def truncate(kernel: Kernel, mapping: AddressSpace) -> list[tuple[Pageblock, int]]:
    """Empty a cache whose file is gone; returns the frames, whose freeing is the caller's business."""
    kernel.own(mapping)
    found = []
    for slot in mapping.slots.values():
        found += frames_of(kernel, slot, slot.present)
    mapping.slots = {}
    mapping.nr_pages = 0
    for block, frames in found:
        stat = block.zone.stat
        kernel.own(stat)
        stat.nr_file_pages -= frames.bit_count()
        if mapping.swap_backed:
            stat.nr_shmem -= frames.bit_count()
    return found


def in_slot(pages: int, by: int) -> int:
    """Pages of a slot moved to another slot's numbering, cut to 512."""
    return shifted(pages, by) & ((1 << PAGES) - 1)
