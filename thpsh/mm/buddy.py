"""Free lists: split and merge (mm/page_alloc.c, __rmqueue_smallest and __free_one_page)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from thpsh.structs.bits import EVEN, FULL, PREFIX, SUFFIX, lowest, take_lowest
from thpsh.structs.page import HPAGE_NR, MAX_ORDER, PAGEBLOCK_ORDER
from thpsh.structs.pageblock import FreeBlocks, Pageblock

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import BlockList, Zone

_NO_STARTS: Final = (0,) * PAGEBLOCK_ORDER

Chunk = tuple[Pageblock, int]
"""Some frames of one pageblock, as a mask; a list of chunks is a set of pages in the order they were handed out."""


@lru_cache(maxsize=4096)  # the same patterns come again and again
def block_starts(mask: int) -> tuple[int, ...]:
    """The first frames of the maximal buddy blocks in a set of free frames, by order 0 … 8."""
    starts = []
    for order in range(PAGEBLOCK_ORDER):
        size = 1 << order
        pairs = mask & mask >> size & EVEN[order + 1]
        starts.append(mask ^ (pairs | pairs << size))
        mask = pairs
        if not mask:
            break
    return (*starts, *_NO_STARTS[len(starts) :])


def pageblock_at(kernel: Kernel, zone: Zone, index: int) -> Pageblock:
    """The object of a pageblock, made when none of its frames was in use."""
    block = zone.pageblocks.get(index)
    if block is None:
        kernel.own(zone)
        block = zone.pageblocks[index] = Pageblock(index, zone, epoch=kernel.journal.epoch)
    return block


def list_add(kernel: Kernel, blocks: BlockList, index: int) -> None:
    """Put a block of order 9 or 10 at the head of a list."""
    kernel.own(blocks)
    blocks.nr += 1
    blocks.blocks[index] = None


def list_del(kernel: Kernel, blocks: BlockList, index: int) -> None:
    """Take a certain block of order 9 or 10 off its list."""
    kernel.own(blocks)
    blocks.nr -= 1
    del blocks.blocks[index]


def set_small(kernel: Kernel, block: Pageblock, kind: int, mask: int) -> None:
    """Make `mask` the frames of a pageblock that are free on the lists of one type, none of them whole."""
    _relist(kernel, block, kind, FreeBlocks(mask, block_starts(mask)) if mask else None)


def _relist(kernel: Kernel, block: Pageblock, kind: int, new: FreeBlocks | None) -> None:
    epoch = kernel.journal.epoch
    if block.epoch != epoch:
        kernel.own(block)
    free = block.free = dict(block.free) if block.free else {}
    old = free.pop(kind, None)
    before = old.starts if old else _NO_STARTS
    after = new.starts if new else _NO_STARTS
    if new:
        free[kind] = new
    elif not free:
        block.free = None
    for was, now, lists in zip(before, after, block.zone.area.lists, strict=False):  # orders 9 and 10 stand elsewhere
        if was == now:
            continue
        listed = lists[kind]
        if listed.epoch != epoch:
            kernel.own(listed)
        if not now:
            listed.nr -= was.bit_count()
            del listed.blocks[block.index]
        elif not was:
            listed.nr += now.bit_count()
            listed.blocks[block.index] = None
        else:
            listed.nr += now.bit_count() - was.bit_count()


def free_mask(block: Pageblock) -> int:
    """All frames of a pageblock that are on free lists below order 9."""
    mask = 0
    for blocks in (block.free or {}).values():
        mask |= blocks.mask
    return mask


def free_frames(kernel: Kernel, block: Pageblock, mask: int, kind: int) -> None:
    """Give frames of one pageblock back to the lists of one type, merging buddies whatever list they are on."""
    zone = block.zone
    if zone.epoch != kernel.journal.epoch:
        kernel.own(zone)
    zone.free += mask.bit_count()
    zone.pages_scanned = 0
    zone.all_unreclaimable = False
    if mask == FULL:
        _free_whole(kernel, block, kind)
        return
    free = block.free
    if not free:
        set_small(kernel, block, kind, mask)
        return
    merged = mask | free_mask(block)
    if merged == FULL:
        for other in tuple(free):
            _relist(kernel, block, other, None)
        _free_whole(kernel, block, kind)
    elif len(free) == (kind in free):
        set_small(kernel, block, kind, merged)
    else:
        _merge_types(kernel, block, merged, kind)


def _merge_types(kernel: Kernel, block: Pageblock, merged: int, kind: int) -> None:
    """Free into a pageblock whose free frames stand on lists of several types: a merged block joins the freed type."""
    starts = block_starts(merged)
    rest = merged
    for other, blocks in tuple((block.free or {}).items()):
        if other == kind:
            continue
        kept = 0
        for order, (was, now) in enumerate(zip(blocks.starts, starts, strict=True)):
            kept |= (was & now) * PREFIX[1 << order]
        rest &= ~kept
        set_small(kernel, block, other, kept)
    _relist(kernel, block, kind, FreeBlocks(rest, block_starts(rest)) if rest else None)


def _free_whole(kernel: Kernel, block: Pageblock, kind: int) -> None:
    zone = block.zone
    if block.rare is None or not block.rare.hwpoison:
        zone.pageblocks.pop(block.index, None)
    free_pageblock(kernel, zone, block.index, kind)


def free_pageblock(kernel: Kernel, zone: Zone, index: int, kind: int) -> None:
    """Put a wholly free pageblock on the order-9 list of a type, or with its buddy on the order-10 list."""
    lists = zone.area.lists[PAGEBLOCK_ORDER]
    buddy = index ^ 1
    for listed in lists:
        if buddy in listed.blocks:
            list_del(kernel, listed, buddy)
            list_add(kernel, zone.area.lists[PAGEBLOCK_ORDER + 1][kind], index & ~1)
            return
    list_add(kernel, lists[kind], index)


def free_pageblocks(kernel: Kernel, zone: Zone, blocks: list[Pageblock], kind: int) -> None:
    """Put pageblocks whose frames were all in use on the free lists of a type, one after the other."""
    if not blocks:
        return
    kernel.own(zone)
    zone.free += HPAGE_NR * len(blocks)
    zone.pages_scanned = 0
    zone.all_unreclaimable = False
    nine, ten = zone.area.lists[PAGEBLOCK_ORDER], zone.area.lists[PAGEBLOCK_ORDER + 1][kind]
    others = [listed for listed in nine if listed is not nine[kind] and listed.blocks]
    mine = nine[kind]
    kernel.own(mine)
    kernel.own(ten)
    pageblocks = zone.pageblocks
    for block in blocks:
        index = block.index
        if block.rare is None or not block.rare.hwpoison:
            pageblocks.pop(index, None)
        buddy = index ^ 1
        if buddy in mine.blocks:
            mine.nr -= 1
            del mine.blocks[buddy]
            ten.nr += 1
            ten.blocks[index & ~1] = None
        elif others and any(buddy in listed.blocks for listed in others):
            free_pageblock(kernel, zone, index, kind)
        else:
            mine.nr += 1
            mine.blocks[index] = None


def pop_large(kernel: Kernel, zone: Zone, order: int, kind: int) -> int:
    """Take the first pageblock index off the order-9 or order-10 list of a type that is not empty."""
    listed = zone.area.lists[order][kind]
    kernel.own(listed)
    listed.nr -= 1
    if listed.blocks:
        index, _ = listed.blocks.popitem()
        return index
    area = zone.area
    kernel.own(area)
    first, last = area.virgin.pop()
    if last - 2 > first:
        area.virgin.append((first, last - 2))
    return last - 2


def first_order(zone: Zone, order: int, kind: int) -> int | None:
    """The smallest order, from `order` up, with a free block of a type."""
    for larger in range(order, MAX_ORDER):
        if zone.area.lists[larger][kind].nr:
            return larger
    return None


def rmqueue_smallest(kernel: Kernel, zone: Zone, order: int, kind: int) -> tuple[Pageblock, int] | None:
    """Take one block of an order up to 9 from the lists of a type: (pageblock, first frame), or None."""
    found = first_order(zone, order, kind)
    return None if found is None else carve(kernel, zone, order, found, (kind, kind))


def carve(kernel: Kernel, zone: Zone, order: int, found: int, kinds: tuple[int, int]) -> tuple[Pageblock, int]:
    """Take a block off the list of order `found` and type kinds[0]; what is not needed goes to type kinds[1]."""
    kernel.own(zone)
    zone.free -= 1 << order
    if found < PAGEBLOCK_ORDER:
        return _carve_small(kernel, zone, order, found, kinds)
    index = pop_large(kernel, zone, found, kinds[0])
    if found > PAGEBLOCK_ORDER:
        list_add(kernel, zone.area.lists[PAGEBLOCK_ORDER][kinds[1]], index + 1)
    block = pageblock_at(kernel, zone, index)
    if order < PAGEBLOCK_ORDER:
        set_small(kernel, block, kinds[1], FULL ^ PREFIX[1 << order])
    return block, 0


def _carve_small(kernel: Kernel, zone: Zone, order: int, found: int, kinds: tuple[int, int]) -> tuple[Pageblock, int]:
    kind, rest_kind = kinds
    block = zone.pageblocks[next(reversed(zone.area.lists[found][kind].blocks))]
    blocks = (block.free or {})[kind]
    first = lowest(blocks.starts[found])
    taken = PREFIX[1 << order] << first
    if kind == rest_kind:
        set_small(kernel, block, kind, blocks.mask ^ taken)
        return block, first
    whole = PREFIX[1 << found] << first
    set_small(kernel, block, kind, blocks.mask ^ whole)
    other = (block.free or {}).get(rest_kind)
    set_small(kernel, block, rest_kind, (whole ^ taken) | (other.mask if other else 0))
    return block, first


def rmqueue_bulk(kernel: Kernel, zone: Zone, count: int, kind: int) -> list[Chunk]:
    """Take up to `count` single pages from the lists of one type, smallest blocks first, without fallback."""
    chunks: list[Chunk] = []
    while count > 0:
        found = first_order(zone, 0, kind)
        if found is None:
            break
        if found >= PAGEBLOCK_ORDER and count >= HPAGE_NR:
            whole = take_whole(kernel, zone, kind, count // HPAGE_NR)
            chunks += whole
            count -= HPAGE_NR * len(whole)
            continue
        if found < PAGEBLOCK_ORDER:
            chunk = _take_small(kernel, zone, found, kind, count)
        else:
            chunk = _take_large(kernel, zone, found, kind, count)
        chunks.append(chunk)
        count -= chunk[1].bit_count()
    return chunks


def take_whole(kernel: Kernel, zone: Zone, kind: int, number: int) -> list[Chunk]:
    """Take up to `number` whole pageblocks, those of order 9 first, then the halves of order-10 blocks."""
    nine, ten = zone.area.lists[PAGEBLOCK_ORDER][kind], zone.area.lists[PAGEBLOCK_ORDER + 1][kind]
    kernel.own(zone)
    kernel.own(nine)
    pageblocks = zone.pageblocks
    epoch = kernel.journal.epoch
    indices: list[int] = []
    while len(indices) < number:
        if nine.blocks:
            indices.append(nine.blocks.popitem()[0])
            nine.nr -= 1
        elif ten.nr:
            index = pop_large(kernel, zone, PAGEBLOCK_ORDER + 1, kind)
            indices.append(index)
            if len(indices) < number:
                indices.append(index + 1)
            else:
                list_add(kernel, nine, index + 1)
        else:
            break
    chunks = []
    for index in indices:
        block = pageblocks.get(index)
        if block is None:
            block = pageblocks[index] = Pageblock(index, zone, epoch=epoch)
        chunks.append((block, FULL))
    zone.free -= HPAGE_NR * len(indices)
    return chunks


def _take_large(kernel: Kernel, zone: Zone, found: int, kind: int, count: int) -> Chunk:
    index = pop_large(kernel, zone, found, kind)
    if found > PAGEBLOCK_ORDER:
        list_add(kernel, zone.area.lists[PAGEBLOCK_ORDER][kind], index + 1)
    block = pageblock_at(kernel, zone, index)
    count = min(count, HPAGE_NR)
    kernel.own(zone)
    zone.free -= count
    if count < HPAGE_NR:
        set_small(kernel, block, kind, SUFFIX[count])
    return block, PREFIX[count]


def _take_small(kernel: Kernel, zone: Zone, found: int, kind: int, count: int) -> Chunk:
    block = zone.pageblocks[next(reversed(zone.area.lists[found][kind].blocks))]
    blocks = (block.free or {})[kind]
    if _alone(zone, blocks, kind):
        taken = take_lowest(blocks.mask, count)
    else:
        taken = take_lowest(blocks.starts[found] * PREFIX[1 << found], count)
    kernel.own(zone)
    zone.free -= taken.bit_count()
    set_small(kernel, block, kind, blocks.mask ^ taken)
    return block, taken


def _alone(zone: Zone, blocks: FreeBlocks, kind: int) -> bool:
    """Is this the only pageblock with small blocks of the type, free from some frame to its end?

    Then taking the smallest blocks first is the same as taking frames in ascending order.
    """
    if blocks.mask != SUFFIX[lowest(blocks.mask)]:
        return False
    return all(
        len(lists[kind].blocks) == (1 if starts else 0)
        for lists, starts in zip(zone.area.lists, blocks.starts, strict=False)
    )


def is_free_block(zone: Zone, pfn: int) -> bool:
    """Is a frame the first of a free block of order 9 or 10?"""
    index = pfn >> PAGEBLOCK_ORDER
    if pfn & (HPAGE_NR - 1):
        return False
    area = zone.area
    for order in (PAGEBLOCK_ORDER, PAGEBLOCK_ORDER + 1):
        if any(index in listed.blocks for listed in area.lists[order]):
            return True
    return not index & 1 and any(first <= index < last for first, last in area.virgin)
