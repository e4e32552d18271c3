"""Taking pages off the LRU lists in batches, and putting them back (mm/vmscan.c: isolate_lru_pages, putback_lru_pages).

A group's lists are the zone's lists, cut to its pages; a group knows in which pageblocks to look for them.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.buddy import free_mask
from thpsh.mm.group_order import settle, stamp_of
from thpsh.mm.lru import add_page_to_lru_list, del_page_from_lru
from thpsh.mm.page_flags import file_backed
from thpsh.mm.swap_state import swap_cached
from thpsh.structs.bits import FULL, PAGES, PREFIX, lowest, span, take_highest, take_lowest
from thpsh.structs.page import Lru
from thpsh.structs.page_cache import AddressSpace
from thpsh.trace.events.unevictable import UnevictablePgsCulled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.lru import LruEntry, LruList
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

_PATIENCE: Final = 1  # entries of a zone's list to walk for each that the group has, before those are sorted


class Taken(NamedTuple):
    """Frames of one pageblock off a list, the oldest first: the lowest, or where they descend the highest."""

    block: Pageblock
    frames: int
    descending: bool = False


Batch = list[Taken]
"""What was taken off a list, oldest first."""


def pages_of(block: Pageblock, memcg: MemCgroup) -> int:
    """The frames of a pageblock that are charged to a group."""
    mask = 0
    for owner in block.owners:
        if owner.memcg is memcg:
            mask |= owner.mask
    return mask


def unevictable(block: Pageblock, frames: int) -> int:
    """Of some frames, those that must stay in memory: locked ones, and files without a disk (page_evictable)."""
    locked = FULL if block.huge and block.mlocked else block.mlocked & frames
    return locked | ramfs_pages(block, frames)


def ramfs_pages(block: Pageblock, frames: int) -> int:
    """Of some frames, those of files without a disk: dirty for ever, and as nobody writes them, not to be moved."""
    mask = 0
    if block.cached & frames:
        for owner in block.owners:
            if isinstance(owner.mapping, AddressSpace) and owner.mapping.unevictable:
                mask |= owner.mask & frames
    return mask


def unmovable(block: Pageblock) -> int:
    """The frames that have references beside their mappings and their cache, or that KSM holds."""
    rare = block.rare
    if rare is None:
        return 0
    mask = rare.isolated | rare.writeback | rare.hwpoison | rare.ksm
    for frame in rare.pins:
        mask |= 1 << frame
    return mask


def nr_lru_pages(zone: Zone, memcg: MemCgroup | None, kind: Lru) -> int:
    """Base pages on a list, or on that of a group (zone_nr_lru_pages)."""
    return zone.lruvec.lists[kind].nr_pages if memcg is None else lru_sizes(zone, memcg)[kind]


def lru_sizes(zone: Zone, memcg: MemCgroup | None) -> list[int]:
    """The same of all five lists."""
    if memcg is None:
        return [listed.nr_pages for listed in zone.lruvec.lists]
    sizes = [0] * len(Lru)
    for block in _blocks_of(zone, memcg):
        mine = pages_of(block, memcg)
        for entry in block.lru:
            sizes[entry.home.kind] += PAGES if block.huge and mine else (entry.mask & mine).bit_count()
    return sizes


def has_lru_pages(zone: Zone, memcg: MemCgroup, kind: Lru) -> bool:
    """Has a group anything on a list?"""
    return any(True for _ in _entries_of(_blocks_of(zone, memcg), memcg, zone.lruvec.lists[kind]))


def _blocks_of(zone: Zone, memcg: MemCgroup) -> list[Pageblock]:
    """The pageblocks of a zone that may have pages of a group on LRU lists, in no order."""
    if memcg.parent is None:
        return [block for block in zone.pageblocks.values() if block.lru]
    known = memcg.blocks.get((zone.node, zone.kind), ())
    pageblocks = zone.pageblocks
    return [block for index in known if (block := pageblocks.get(index)) is not None and block.lru]


def oldest_of_group(kernel: Kernel, zone: Zone, memcg: MemCgroup, listed: LruList) -> Iterator[tuple[LruEntry, int]]:
    """The entries with pages of a group on a list of a zone, with its frames, oldest first.

    The zone's list is walked while that is less work than to sort all entries that the group has.
    """
    blocks = _blocks_of(zone, memcg)
    patience = _PATIENCE * sum([len(block.lru) for block in blocks])
    if listed.late:
        settle(kernel, listed)
    seen: set[LruEntry] = set()
    waiting: list[tuple[int, int, int, LruEntry, int]] = []
    entry = listed.oldest
    while entry is not None and patience > 0:
        patience -= 1
        this, entry = entry, entry.newer  # whoever takes it may unlink it
        mask = this.mask & pages_of(this.block, memcg)
        if mask and this in listed.late:
            heappush(waiting, _turn(this, mask))
        elif mask:
            while waiting and waiting[0][0] < stamp_of(this):
                seen.add(waiting[0][3])
                yield heappop(waiting)[3:]
            seen.add(this)
            yield this, mask
    if entry is None:
        while waiting:
            yield heappop(waiting)[3:]
        return
    settle(kernel, listed)
    waiting = [_turn(each, mask) for each, mask in _entries_of(blocks, memcg, listed) if each not in seen]
    heapify(waiting)
    while waiting:
        yield heappop(waiting)[3:]


def _entries_of(blocks: list[Pageblock], memcg: MemCgroup, listed: LruList) -> Iterator[tuple[LruEntry, int]]:
    """The entries on a list that have pages of a group in some pageblocks, with its frames, in no order."""
    for block in blocks:
        mine = pages_of(block, memcg)
        for entry in block.lru:
            mask = entry.mask & mine
            if mask and entry.home is listed:
                yield entry, mask


def _turn(entry: LruEntry, mask: int) -> tuple[int, int, int, LruEntry, int]:
    """When some frames of an entry are to be looked at: parts of what was one entry have the same stamp."""
    place = lowest(mask) if entry.group_ascending else -lowest(mask)
    return stamp_of(entry), place, entry.block.index, entry, mask


def forget_strangers(kernel: Kernel, memcg: MemCgroup) -> None:
    """Let a group forget pageblocks that have no page of it any more, if they are most of those that it knows."""
    for zone in kernel.zones:
        key = (zone.node, zone.kind)
        known = memcg.blocks.get(key)
        if known:
            mine = {block.index for block in _owned(zone, memcg, known)}
            if len(known) > 2 * len(mine):
                kernel.own(memcg)
                memcg.blocks[key] = mine


def _owned(zone: Zone, memcg: MemCgroup, known: set[int]) -> Iterator[Pageblock]:
    for index in known:
        block = zone.pageblocks.get(index)
        if block is not None and any(owner.memcg is memcg for owner in block.owners):
            yield block


def isolate_lru_pages(
    kernel: Kernel, zone: Zone, memcg: MemCgroup | None, kind: Lru, count: int, order: int = 0
) -> Batch:
    """Take up to `count` pages off the old end of a list; a huge page is one.

    For an order above 0 all pages of the list in the aligned block around each of them come along: lumpy reclaim has
    given way to compaction, but 3.0 still takes pages like that (isolate_lru_pages).
    """
    if order and memcg is None:
        return _isolate_blocks(kernel, zone.lruvec.lists[kind], count, order)
    batch: Batch = []
    for entry, mine in _oldest(kernel, zone, memcg, kind):
        block, mask = entry.block, mine
        ascending = entry.ascending if memcg is None else entry.group_ascending
        if block.huge:
            count -= 1
        else:
            mask = take_lowest(mask, count) if ascending else take_highest(mask, count)
            count -= mask.bit_count()
        del_page_from_lru(kernel, block, mask)
        batch.append(Taken(block, mask, not ascending))
        if not count:
            break
    return batch


def _isolate_blocks(kernel: Kernel, listed: LruList, count: int, order: int) -> Batch:
    batch: Batch = []
    while count > 0 and listed.oldest is not None:
        entry = listed.oldest
        block = entry.block
        if block.huge:
            batch.append(Taken(block, entry.mask))
            del_page_from_lru(kernel, block, entry.mask)
            count -= 1
            continue
        tag = entry.mask & -entry.mask if entry.ascending else 1 << entry.mask.bit_length() - 1
        others = _around(kernel, block, listed.kind, tag, order)
        batch.append(Taken(block, tag))
        if others:
            batch.append(Taken(block, others))
        del_page_from_lru(kernel, block, tag | others)
        count -= 1 + others.bit_count()
    return batch


def _around(kernel: Kernel, block: Pageblock, kind: Lru, tag: int, order: int) -> int:
    """The pages on a list in the aligned block around one of them, up to the first that is in other use."""
    first = lowest(tag) & -(1 << order)
    block_frames = span(first, first + (1 << order)) & ~tag
    same = 0
    for entry in block.lru:
        if entry.home.kind is kind:
            same |= entry.mask
    if kernel.swap.free <= 0 and not kind.file:
        same &= swap_cached(block) | block.cached
    others = block_frames & ~(same | free_mask(block) | block.pcp)
    before = PREFIX[lowest(others)] if others else FULL
    return block_frames & same & before


def _oldest(kernel: Kernel, zone: Zone, memcg: MemCgroup | None, kind: Lru) -> Iterator[tuple[LruEntry, int]]:
    listed = zone.lruvec.lists[kind]
    if memcg is not None:
        yield from oldest_of_group(kernel, zone, memcg, listed)
        return
    entry = listed.oldest
    while entry is not None:
        newer = entry.newer
        yield entry, entry.mask
        entry = newer


def entries(block: Pageblock, mask: int) -> int:
    """How many list entries some frames are: a huge page is one."""
    return 1 if block.huge else mask.bit_count()


def putback(kernel: Kernel, block: Pageblock, mask: int, *, active: bool, descending: bool = False) -> None:
    """Put pages at the new end of the list they belong to, in the order said; locked ones on the unevictable list."""
    kernel.own(block)
    stay = unevictable(block, mask)
    block.active &= ~mask
    if stay:
        add_page_to_lru_list(kernel, block, stay, Lru.UNEVICTABLE, descending=descending)
    mask &= ~stay
    file = file_backed(block, mask)
    for frames, inactive in ((mask & ~file, Lru.INACTIVE_ANON), (file, Lru.INACTIVE_FILE)):
        if frames:
            kind = Lru(inactive + 1) if active else inactive
            add_page_to_lru_list(kernel, block, frames, kind, descending=descending)


def cull_unevictable(kernel: Kernel, block: Pageblock, mask: int) -> int:
    """Move isolated pages that must stay in memory to the unevictable list; returns them (putback_lru_page)."""
    stay = unevictable(block, mask)
    if stay:
        putback(kernel, block, stay, active=False)
        kernel.trace.emit(UnevictablePgsCulled(entries(block, stay)))
    return stay
