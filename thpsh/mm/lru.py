"""LRU lists, and freeing what leaves them (mm/swap.c, linux/mm_inline.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.free_pages import free_huge_blocks
from thpsh.mm.group_order import forget_stamp, is_newest, make_oldest, pass_on
from thpsh.mm.pcp import free_pages_masks
from thpsh.structs.bits import FULL, PAGES, indices, runs
from thpsh.structs.lru import FallingEntry, LruEntry, LruList
from thpsh.structs.pageblock import Owner

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page import Lru
    from thpsh.structs.pageblock import Pageblock


def base_pages(block: Pageblock, mask: int) -> int:
    """How many base pages a mask of frames stands for: 512 when the block is one huge page."""
    return PAGES if block.huge else mask.bit_count()


def add_page_to_lru_list(kernel: Kernel, block: Pageblock, mask: int, kind: Lru, *, descending: bool = False) -> None:
    """Put frames at the newest end of a list, the lowest frame first, or the highest."""
    listed = block.zone.lruvec.lists[kind]
    epoch = kernel.journal.epoch
    if listed.epoch != epoch:
        kernel.own(listed)
    if block.epoch != epoch:
        kernel.own(block)
    listed.nr_pages += PAGES if block.huge else mask.bit_count()
    if kind.active:
        block.active |= mask
    newest = listed.newest
    if newest is not None and newest.block is block and (not (listed.stamps or listed.late) or is_newest(newest)):
        if newest.ascending and not descending and newest.mask < mask & -mask:
            kernel.own(newest)
            newest.mask |= mask
            return
        if (
            mask < newest.mask & -newest.mask
            and (descending or mask & mask - 1 == 0)
            and _grow_down(kernel, mask, newest)
        ):
            return
    kind_of = FallingEntry if descending else LruEntry
    entry = kind_of(block, mask, listed, None, newest, epoch=epoch)
    if newest is None:
        listed.oldest = entry
    else:
        if newest.epoch != epoch:
            kernel.own(newest)
        newest.newer = entry
    listed.newest = entry
    block.lru = (*block.lru, entry)


def add_page_to_lru_tail(kernel: Kernel, block: Pageblock, mask: int, kind: Lru) -> None:
    """Put frames at the oldest end of a list, one after the other: the highest is the oldest then (list_move_tail)."""
    listed = block.zone.lruvec.lists[kind]
    oldest = listed.oldest
    kernel.own(listed)
    kernel.own(block)
    entry = FallingEntry(block, mask, listed, oldest, None, epoch=kernel.journal.epoch)
    if oldest is None:
        listed.newest = entry
    else:
        kernel.own(oldest)
        oldest.older = entry
    listed.oldest = entry
    listed.nr_pages += mask.bit_count()
    block.lru = (*block.lru, entry)
    make_oldest(entry)


def _grow_down(kernel: Kernel, mask: int, newest: LruEntry) -> bool:
    """Let lower frames join the newest entry of a list, if that holds its frames from the highest to the lowest."""
    if newest.group_ascending and newest.mask & newest.mask - 1:
        return False
    kernel.own(newest)
    if not newest.group_ascending:
        newest.mask |= mask
        return True
    block, older, listed = newest.block, newest.older, newest.home
    entry = FallingEntry(block, newest.mask | mask, listed, None, older, epoch=kernel.journal.epoch)
    if older is None:
        listed.oldest = entry
    else:
        kernel.own(older)
        older.newer = entry
    listed.newest = entry
    if listed.stamps or listed.late:
        pass_on(newest, entry)
        forget_stamp(newest)
    block.lru = tuple([entry if each is newest else each for each in block.lru])
    return True


def unlink(kernel: Kernel, entry: LruEntry) -> None:
    """Take an entry off its list; the number of pages is the caller's business."""
    listed = entry.home
    epoch = kernel.journal.epoch
    if listed.epoch != epoch:
        kernel.own(listed)
    if listed.stamps or listed.late:
        forget_stamp(entry)
    newer, older = entry.newer, entry.older
    if newer is None:
        listed.newest = older
    else:
        if newer.epoch != epoch:
            kernel.own(newer)
        newer.older = older
    if older is None:
        listed.oldest = newer
    else:
        if older.epoch != epoch:
            kernel.own(older)
        older.newer = newer


def del_page_from_lru(kernel: Kernel, block: Pageblock, mask: int) -> None:
    """Take frames off whatever lists they are on."""
    kept = []
    epoch = kernel.journal.epoch
    for entry in block.lru:
        gone = entry.mask & mask
        if not gone:
            kept.append(entry)
            continue
        listed = entry.home
        if gone == entry.mask:
            unlink(kernel, entry)
            listed.nr_pages -= PAGES if block.huge else gone.bit_count()
            continue
        if listed.epoch != epoch:
            kernel.own(listed)
        listed.nr_pages -= gone.bit_count()
        if entry.epoch != epoch:
            kernel.own(entry)
        entry.mask ^= gone
        kept.append(entry)
    if len(kept) != len(block.lru):
        if block.epoch != epoch:
            kernel.own(block)
        block.lru = tuple(kept)


def lru_mask(block: Pageblock) -> int:
    """The frames that are on a list (PG_lru)."""
    mask = 0
    for entry in block.lru:
        mask |= entry.mask
    return mask


def in_use(block: Pageblock) -> int:
    """The frames with any reference: mapped, in the page cache, in an LRU cache, pinned or isolated."""
    if block.huge:
        held = block.huge_mapcount or block.cached or block.pagevec or _pinned(block)
        return FULL if held else 0
    mask = block.once | block.cached | block.pagevec
    return mask | _pinned(block)


def _pinned(block: Pageblock) -> int:
    return block.rare.held if block.rare is not None else 0


def release_frames(kernel: Kernel, cpu: int, freed: dict[Pageblock, int]) -> None:
    """Free pages whose last reference is gone: off the LRU, flags cleared, to the per-cpu lists (release_pages)."""
    whole = []
    for block, mask in freed.items():
        if block.huge:
            whole.append(block)
        elif mask == FULL:
            _forget_block(kernel, block)
        else:
            forget(kernel, block, mask)
    for block in whole:
        del freed[block]
        _forget_block(kernel, block)
        block.huge = False
    if freed:
        free_pages_masks(kernel, cpu, freed)
    if whole:
        free_huge_blocks(kernel, whole)


def _forget_block(kernel: Kernel, block: Pageblock) -> None:
    """Reset what is known about a pageblock of which all frames are about to be freed."""
    if block.epoch != kernel.journal.epoch:
        kernel.own(block)
    if block.lru:
        for entry in block.lru:
            unlink(kernel, entry)
            entry.home.nr_pages -= PAGES if block.huge else entry.mask.bit_count()
        block.lru = ()
    if block.mlocked:
        _clear_mlocked(kernel, block, FULL)
    block.owners = ()
    block.offsets = None
    block.active = block.referenced = block.dirty = block.tagged = 0
    if block.rare is not None:
        kernel.own(block.rare)
        block.rare.forget(FULL)


def forget(kernel: Kernel, block: Pageblock, mask: int) -> None:
    """Reset what is known about frames that are about to be freed (free_pages_prepare)."""
    if block.lru:
        del_page_from_lru(kernel, block, mask)
    if block.epoch != kernel.journal.epoch:
        kernel.own(block)
    keep = ~mask
    if block.owners:
        block.owners = tuple(
            [
                Owner(left, owner.mapping, owner.memcg, owner.delta)
                for owner in block.owners
                if (left := owner.mask & keep)
            ]
        )
    block.active &= keep
    block.referenced &= keep
    block.dirty &= keep
    block.tagged &= keep
    if block.mlocked & mask:
        _clear_mlocked(kernel, block, mask)
    if block.rare is not None:
        kernel.own(block.rare)
        block.rare.forget(mask)


def _clear_mlocked(kernel: Kernel, block: Pageblock, mask: int) -> None:
    """A page freed while mlocked leaves the count (free_page_mlock)."""
    from thpsh.trace.events.unevictable import UnevictablePgsMlockfreed  # seldom: not loaded at start

    kernel.own(block.zone.stat)
    flagged = 1 if block.huge else (block.mlocked & mask).bit_count()
    block.zone.stat.nr_mlock -= flagged
    block.mlocked &= ~mask
    kernel.trace.emit(UnevictablePgsMlockfreed(flagged))


def lru_position(listed: LruList) -> list[tuple[int, int]]:
    """The frames of a list from oldest to newest as (pfn, pages), for display and checks."""
    found = []
    for entry in listed.from_oldest():
        base = entry.block.start_pfn
        if entry.block.huge:
            found.append((base, PAGES))
            continue
        if entry.ascending:
            found += [(base + first, length) for first, length in runs(entry.mask)]
        else:
            found += [(base + frame, 1) for frame in reversed(indices(entry.mask))]
    return found
