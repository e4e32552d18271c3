"""Free lists: stealing from other migrate types, and Reserve blocks (mm/page_alloc.c, __rmqueue_fallback)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import ModelBug
from thpsh.mm.buddy import (
    Chunk,
    carve,
    first_order,
    list_add,
    list_del,
    pop_large,
    rmqueue_bulk,
    rmqueue_smallest,
    set_small,
)
from thpsh.structs.page import HPAGE_NR, MAX_ORDER, PAGEBLOCK_ORDER, MigrateType
from thpsh.trace.events.kmem import MmPageAllocExtfrag

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

FALLBACKS: Final = {
    MigrateType.UNMOVABLE: (MigrateType.RECLAIMABLE, MigrateType.MOVABLE),
    MigrateType.RECLAIMABLE: (MigrateType.UNMOVABLE, MigrateType.MOVABLE),
    MigrateType.MOVABLE: (MigrateType.RECLAIMABLE, MigrateType.UNMOVABLE),
    MigrateType.RESERVE: (),
    MigrateType.ISOLATE: (),
}
STEALING_ORDER: Final = PAGEBLOCK_ORDER // 2


def set_pageblock_migratetype(kernel: Kernel, zone: Zone, index: int, kind: MigrateType) -> None:
    """Change the type of a pageblock; its free pages stay where they are."""
    kernel.own(zone)
    if kind == MigrateType.MOVABLE:
        zone.types.pop(index, None)
    else:
        zone.types[index] = kind


def move_freepages_block(kernel: Kernel, zone: Zone, index: int, kind: MigrateType) -> int:
    """Move all free pages of a pageblock to the lists of a type; returns how many were moved.

    A block of order 10 moves whole when it begins in this pageblock, and not at all when it began in the one before.
    Nothing moves in a last pageblock that is cut off by the end of the zone.
    """
    if (index + 1) * HPAGE_NR > zone.end_pfn:
        return 0
    for order in (PAGEBLOCK_ORDER, PAGEBLOCK_ORDER + 1):
        lists = zone.area.lists[order]
        for listed in lists:
            if index in listed.blocks:
                list_del(kernel, listed, index)
                list_add(kernel, lists[kind], index)
                return 1 << order
    if unlist_virgin(kernel, zone, index):
        list_add(kernel, zone.area.lists[PAGEBLOCK_ORDER + 1][kind], index)
        return 2 * HPAGE_NR
    block = zone.pageblocks.get(index)
    return 0 if block is None or not block.free else _move_small(kernel, block, kind)


def _move_small(kernel: Kernel, block: Pageblock, kind: MigrateType) -> int:
    mask = 0
    for other, blocks in tuple((block.free or {}).items()):
        mask |= blocks.mask
        if other != kind:
            set_small(kernel, block, other, 0)
    set_small(kernel, block, kind, mask)
    return mask.bit_count()


def unlist_virgin(kernel: Kernel, zone: Zone, index: int) -> bool:
    """Take the order-10 block that begins at a pageblock out of the memory untouched since boot."""
    for place, (first, last) in enumerate(zone.area.virgin):
        if first <= index < last and not index & 1:
            kernel.own(zone.area)
            listed = zone.area.lists[PAGEBLOCK_ORDER + 1][MigrateType.MOVABLE]
            kernel.own(listed)
            listed.nr -= 1
            zone.area.virgin[place : place + 1] = [
                run for run in ((first, index), (index + 2, last)) if run[0] < run[1]
            ]
            return True
    return False


def rmqueue_fallback(kernel: Kernel, zone: Zone, order: int, kind: MigrateType) -> tuple[Pageblock, int] | None:
    """Take a block from another type's lists, the largest first; None when all of them are empty."""
    for found in range(MAX_ORDER - 1, order - 1, -1):
        for other in FALLBACKS[kind]:
            if zone.area.lists[found][other].nr:
                return _steal(kernel, zone, (order, found), kind, other)
    return None


def _peek(kernel: Kernel, zone: Zone, found: int, kind: MigrateType) -> int:
    """The pageblock index of the first block on a list, which stays there."""
    listed = zone.area.lists[found][kind]
    if not listed.blocks:
        index = pop_large(kernel, zone, found, kind)
        list_add(kernel, listed, index)
    return next(reversed(listed.blocks))


def _steal(
    kernel: Kernel, zone: Zone, orders: tuple[int, int], kind: MigrateType, other: MigrateType
) -> tuple[Pageblock, int]:
    order, found = orders
    index = _peek(kernel, zone, found, other)
    owns = found >= STEALING_ORDER or kind == MigrateType.RECLAIMABLE
    changed = False
    source = other
    if owns:
        moved = move_freepages_block(kernel, zone, index, kind)
        if moved:
            source = kind
        if moved >= HPAGE_NR // 2:
            set_pageblock_migratetype(kernel, zone, index, kind)
            changed = True
    if found >= PAGEBLOCK_ORDER:
        for whole in range(index, index + (1 << (found - PAGEBLOCK_ORDER))):
            set_pageblock_migratetype(kernel, zone, whole, kind)
    larger = first_order(zone, found, source)  # blocks that were on lists of two types may have joined
    if larger is None:
        raise ModelBug(f"{zone.kind.label}: the stolen block of order {found} is on no list")
    block, first = carve(kernel, zone, order, larger, (source, kind if owns else other))
    kernel.trace.emit(
        MmPageAllocExtfrag(
            zone.node, zone.kind.label, (block.index << 9) + first, order, found, kind.label, other.label, owns, changed
        )
    )
    return block, first


def rmqueue(kernel: Kernel, zone: Zone, order: int, kind: MigrateType) -> tuple[Pageblock, int] | None:
    """Take one block of an order up to 9: own lists, then other types', then Reserve (__rmqueue)."""
    return (
        rmqueue_smallest(kernel, zone, order, kind)
        or rmqueue_fallback(kernel, zone, order, kind)
        or rmqueue_smallest(kernel, zone, order, MigrateType.RESERVE)
    )


def rmqueue_pages(kernel: Kernel, zone: Zone, count: int, kind: MigrateType) -> list[Chunk]:
    """Take up to `count` single pages, one after the other as __rmqueue would; fewer when the zone is empty."""
    chunks = rmqueue_bulk(kernel, zone, count, kind)
    count -= sum(mask.bit_count() for _, mask in chunks)
    while count > 0:
        one = rmqueue(kernel, zone, 0, kind)
        if one is None:
            break
        chunks.append((one[0], 1 << one[1]))
        more = rmqueue_bulk(kernel, zone, count - 1, kind)
        chunks += more
        count -= 1 + sum(mask.bit_count() for _, mask in more)
    return chunks


def reserve_pageblock(kernel: Kernel, zone: Zone, index: int) -> None:
    """Turn a pageblock into a Reserve block."""
    set_pageblock_migratetype(kernel, zone, index, MigrateType.RESERVE)
    move_freepages_block(kernel, zone, index, MigrateType.RESERVE)
