"""What becomes of a batch of pages that reclaim took off a list (mm/vmscan.c: shrink_page_list)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.huge_memory.split import split_huge_page
from thpsh.mm.isolate import cull_unevictable, entries, putback, unevictable
from thpsh.mm.lru import base_pages, release_frames
from thpsh.mm.memcontrol import uncharge_swap_cached, uncharge_swapout
from thpsh.mm.page_cache import forget_offsets
from thpsh.mm.page_flags import file_backed
from thpsh.mm.reclaim_stat import reclaim_stat
from thpsh.mm.rmap_unmap import page_referenced, try_to_unmap
from thpsh.mm.scan_swap_map import new_swap_entries
from thpsh.mm.shmem_swap import shmem_writepage
from thpsh.mm.swap_state import (
    add_to_swap_cache,
    forget_swap_cache,
    swap_cached,
    try_to_free_swap,
    unused_swap_cache,
)
from thpsh.mm.swapfile import note_swapped_out, swapcache_free
from thpsh.mm.unevictable import mlock_vma_page
from thpsh.structs.bits import indices
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.swap import SwapWritepage
from thpsh.trace.events.vmscan import Pgactivate

if TYPE_CHECKING:
    from thpsh.mm.isolate import Batch, Taken
    from thpsh.mm.scan_control import ScanControl
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock


class _References(NamedTuple):
    """What to do with frames, as far as their use decides it (enum page_references)."""

    activate: int
    keep: int
    clean: int  # reclaim only what need not be written (PAGEREF_RECLAIM_CLEAN)


class _Back(NamedTuple):
    """Frames that go back to their lists when the batch is done."""

    taken: Taken
    kept: int
    active: int


def shrink_page_list(sc: ScanControl, batch: Batch) -> int:
    """Free what can be freed of a batch, put the rest back; returns how many pages were freed."""
    freed = 0
    back: list[_Back] = []
    for taken in batch:
        block, mask = taken.block, taken.frames
        sc.scanned += entries(block, mask)
        locked = cull_mlocked(sc.kernel, block, mask)
        if locked:
            sc.compacting = False
        mask &= ~locked
        if mask:
            freed += _shrink_block(sc, taken._replace(frames=mask), back)
    for rest in back:
        _putback(sc, rest)
    sc.kernel.clock.spend(sum(entries(taken.block, taken.frames) for taken in batch) * sc.kernel.cost.scan_page)
    return freed


def cull_mlocked(kernel: Kernel, block: Pageblock, mask: int) -> int:
    """Move pages that must stay in memory to the unevictable list, without their swap slots; returns them."""
    swapped = unevictable(block, mask) & swap_cached(block)
    if swapped:
        try_to_free_swap(kernel, block, swapped)
    return cull_unevictable(kernel, block, mask)


def _shrink_block(sc: ScanControl, taken: Taken, back: list[_Back]) -> int:
    """Reclaim pages of one pageblock; returns how many were freed, and notes which go back to a list."""
    kernel = sc.kernel
    block, mask, descending = taken
    kept = 0 if sc.may_unmap else _mapped(block, mask)
    mask ^= kept
    costly = mask & (_mapped(block, mask) | swap_cached(block))
    sc.scanned += entries(block, costly) if costly else 0
    found = _page_check_references(sc, block, mask)
    active = found.activate
    kept |= found.keep
    mask &= ~(active | kept)
    if mask:
        refused, mask = _find_swap(kernel, block, mask, descending=descending)
        active |= refused
    locked = 0
    if mask & block.once:
        failed, locked, mask = _unmap(kernel, block, mask)
        active |= failed
    freed = 0
    if mask:
        refused, stay = _write_out(kernel, block, mask, found.clean if sc.may_writepage else mask)
        active |= refused
        kept |= stay
        freed = _free(sc, block, mask & ~(refused | stay))
    if locked:
        mlock_vma_page(kernel, block, locked)
        cull_mlocked(kernel, block, locked)
    if active:
        _activate(kernel, block, active)
    if active or kept or locked:
        sc.compacting = False
    if active or kept:
        back.append(_Back(taken, kept, active))
    return freed


def _mapped(block: Pageblock, mask: int) -> int:
    """Of some frames, those that are mapped (page_mapped)."""
    if block.huge:
        return mask if block.huge_mapcount else 0
    return mask & block.once


def _page_check_references(sc: ScanControl, block: Pageblock, mask: int) -> _References:
    """Decide by the use of pages what is to be done with them (page_check_references)."""
    kernel = sc.kernel
    used = page_referenced(kernel, block, mask, sc.memcg)
    kernel.own(block)
    flagged = block.referenced & mask
    block.referenced &= ~mask
    young = used.young & mask & ~used.locked
    file = young & block.cached
    block.referenced |= file
    activate = young & ~file | file & flagged
    clean = flagged & ~young & file_backed(block, mask)
    return _References(activate, file & ~flagged, clean)


def _find_swap(kernel: Kernel, block: Pageblock, mask: int, *, descending: bool) -> tuple[int, int]:
    """Give anonymous pages swap slots and put them into the swap cache, a huge page is split first (add_to_swap).

    Returns the pages for which there was no slot, and what is left to be reclaimed: the head of what was huge.
    """
    need = mask & ~(block.cached | swap_cached(block))
    if not need:
        return 0, mask
    if block.huge and not block.huge_mapcount:
        return need, 0  # only pinned: without a mapping it cannot be split (split_huge_page)
    slots = new_swap_entries(kernel, entries(block, need))
    if not slots:
        return need, mask & ~need
    if block.huge:
        split_huge_page(kernel, block, SplitReason.SWAP)
        need = mask = 1
    frames = indices(need)
    if descending:
        frames.reverse()
    given = dict(zip(frames, slots, strict=False))
    add_to_swap_cache(kernel, block, given)
    kernel.own(block)
    refused = mask & ~(block.cached | swap_cached(block))  # also those whose slots the others got, when swap is full
    block.dirty |= need & ~refused
    return refused, mask & ~refused


def _unmap(kernel: Kernel, block: Pageblock, mask: int) -> tuple[int, int, int]:
    """Take pages out of the page tables; returns those to activate, the locked ones, and those to go on with."""
    slots = block.rare.swap if block.rare is not None else {}
    found = try_to_unmap(kernel, block, slots, mask)
    locked = found.locked & mask
    failed = found.failed & mask & ~locked
    return failed, locked, mask & ~(failed | locked)


def _write_out(kernel: Kernel, block: Pageblock, mask: int, clean: int) -> tuple[int, int]:
    """Write dirty pages to swap or disk (pageout); returns those to activate and those that stay where they are.

    Pages with another user stay, and dirty ones that are to go only if they are clean. Shared memory gets its swap
    slots only here.
    """
    rare = block.rare
    pinned = sum(1 << frame for frame in rare.pins) | rare.isolated | rare.hwpoison if rare is not None else 0
    shmem = mask & block.cached & ~file_backed(block, mask)
    stay = mask & (block.once | pinned | clean & block.dirty)
    shmem &= block.dirty & ~stay
    refused = shmem_writepage(kernel, block, shmem) if shmem else 0
    dirty = mask & block.dirty & ~(stay | refused)
    if dirty:
        _pageout(kernel, block, dirty)
    return refused, stay


def _pageout(kernel: Kernel, block: Pageblock, dirty: int) -> None:
    kernel.own(block)
    block.dirty &= ~dirty
    stat = block.zone.stat
    kernel.own(stat)
    count = dirty.bit_count()
    stat.nr_vmscan_write += count
    stat.nr_written += count
    swapped = dirty & ~block.cached
    if swapped:
        first = (swapped & -swapped).bit_length() - 1
        kernel.trace.emit(SwapWritepage(block.start_pfn + first, swapped.bit_count()))
    kernel.clock.spend(count * kernel.cost.swap_io)


def _free(sc: ScanControl, block: Pageblock, mask: int) -> int:
    """Take pages out of swap and page cache and free them (__remove_mapping, free_page_list)."""
    kernel = sc.kernel
    if not mask:
        return 0
    files = mask & block.cached
    if files:
        forget_offsets(kernel, block, files)
    leave_swap_cache(kernel, block, mask & ~files)
    count = mask.bit_count()
    release_frames(kernel, sc.cpu, {block: mask})
    kernel.clock.spend(count * kernel.cost.reclaim_page)
    return count


def leave_swap_cache(kernel: Kernel, block: Pageblock, mask: int) -> None:
    """Take unmapped pages out of the swap cache: what their slots hold is good, and their charge goes there."""
    unused = unused_swap_cache(kernel, block, mask)
    slots = forget_swap_cache(kernel, block, mask)
    for (memcg, cache), frames in _groups(kernel, block, mask).items():
        gone = frames & unused
        if gone:
            uncharge_swap_cached(kernel, memcg, gone.bit_count(), cache=cache)
        mine = {frame: slot for frame, slot in slots.items() if (frames ^ gone) >> frame & 1}
        if mine and memcg is not None:
            uncharge_swapout(kernel, memcg, len(mine), cache=cache)
            tags = {slot: tag for frame, slot in mine.items() if (tag := block.content(frame))}
            note_swapped_out(kernel, mine.values(), memcg, tags)
    swapcache_free(kernel, slots.values())


def _groups(kernel: Kernel, block: Pageblock, mask: int) -> dict[tuple[MemCgroup | None, bool], int]:
    """Frames by the group that is charged for them, and whether as cache: shared memory that has just got its slots."""
    masks: dict[tuple[MemCgroup | None, bool], int] = {}
    for owner in block.owners:
        if owner.mask & mask:
            key = owner.memcg, owner.mapping is kernel.swap.space
            masks[key] = masks.get(key, 0) | owner.mask & mask
    return masks


def _activate(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Pages are in use after all: they are no candidates for swap, so where that is short they lose their slots."""
    if kernel.swap.full and swap_cached(block) & frames:
        try_to_free_swap(kernel, block, frames)
    kernel.trace.emit(Pgactivate(block.zone.node, block.zone.kind.label, entries(block, frames)))


def _putback(sc: ScanControl, back: _Back) -> None:
    """Put pages that were not freed on their lists (putback_lru_pages)."""
    kernel = sc.kernel
    block, _, descending = back.taken
    if back.active:
        file = file_backed(block, back.active)
        stat = reclaim_stat(kernel, block.zone, sc.memcg)
        stat.recent_rotated_file += file.bit_count()
        stat.recent_rotated_anon += base_pages(block, back.active) - file.bit_count()
        putback(kernel, block, back.active, active=True, descending=descending)
    if back.kept:
        putback(kernel, block, back.kept, active=False, descending=descending)
