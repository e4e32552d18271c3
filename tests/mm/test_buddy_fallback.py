"""Stealing from other migrate types."""

from tests.support import host
from thpsh.mm.buddy import set_small
from thpsh.mm.buddy_fallback import (
    FALLBACKS,
    move_freepages_block,
    reserve_pageblock,
    rmqueue,
    rmqueue_pages,
    set_pageblock_migratetype,
)
from thpsh.structs.page import MigrateType
from thpsh.trace.events.kmem import MmPageAllocExtfrag

UNMOVABLE, RECLAIMABLE, MOVABLE, RESERVE = (
    MigrateType.UNMOVABLE, MigrateType.RECLAIMABLE, MigrateType.MOVABLE, MigrateType.RESERVE,
)  # fmt: skip


def test_fallbacks_are_tried_in_the_order_of_the_kernel_table():
    assert FALLBACKS[UNMOVABLE] == (RECLAIMABLE, MOVABLE)
    assert FALLBACKS[RECLAIMABLE] == (UNMOVABLE, MOVABLE)
    assert FALLBACKS[MOVABLE] == (RECLAIMABLE, UNMOVABLE)


def test_a_stolen_order_10_block_changes_the_type_of_both_pageblocks():
    h = host()
    kernel, zone = h.kernel, h.kernel.zones[-1]
    for kind in (UNMOVABLE, RECLAIMABLE):
        for order in range(10):
            while zone.area.lists[order][kind].nr:
                rmqueue_pages(kernel, zone, 1 << order, kind)
    block, _ = rmqueue(kernel, zone, 0, RECLAIMABLE)
    assert zone.migratetype(block.index) == RECLAIMABLE
    assert zone.migratetype(block.index ^ 1) == RECLAIMABLE
    stolen = [r.event for r in h.machine.trace.records if isinstance(r.event, MmPageAllocExtfrag)][-1]
    assert (stolen.fallback_order, stolen.wanted, stolen.owns, stolen.changed) == (10, "Reclaimable", True, True)


def test_reserve_pages_are_the_last_to_go():
    h = host(memory=64 << 20)
    kernel, zone = h.kernel, h.kernel.zones[-1]
    reserved = sum(lists[RESERVE].nr << order for order, lists in enumerate(zone.area.lists))
    assert reserved > 0
    rmqueue_pages(kernel, zone, zone.free - reserved, MOVABLE)
    assert zone.free == reserved
    assert rmqueue(kernel, zone, 0, MOVABLE) is not None


def test_free_pages_of_a_pageblock_move_as_one():
    kernel = host().kernel
    zone = kernel.zones[-1]
    first = zone.area.virgin[-1][0]
    assert move_freepages_block(kernel, zone, first, RECLAIMABLE) == 1024
    assert first in zone.area.lists[10][RECLAIMABLE].blocks
    set_pageblock_migratetype(kernel, zone, first, RECLAIMABLE)
    reserve_pageblock(kernel, zone, first)
    assert zone.types[first] == RESERVE
    assert first in zone.area.lists[10][RESERVE].blocks


def only_the_cut_pageblock_left():
    """A zone of which only the last pageblock, cut off by the end of the zone, has free pages, all of them Movable."""
    kernel = host().kernel
    zone = kernel.zones[1]
    last = zone.end_pfn >> 9
    assert zone.end_pfn & 511
    cut = zone.pageblocks[last]
    while True:
        order = max((order for order, lists in enumerate(zone.area.lists) if lists[MOVABLE].nr), default=None)
        if order is None or order < 9:
            break
        rmqueue(kernel, zone, 9, MOVABLE)
    for block in list(zone.pageblocks.values()):
        if block is not cut and block.free:
            for kind in tuple(block.free):
                zone.free -= block.free[kind].mask.bit_count()
                set_small(kernel, block, kind, 0)
    for kind in (UNMOVABLE, RECLAIMABLE):
        for order in (9, 10):
            while zone.area.lists[order][kind].nr:
                rmqueue(kernel, zone, 9, kind)
    return kernel, zone, cut


def test_a_pageblock_cut_off_by_the_end_of_the_zone_keeps_its_type_and_its_free_pages():
    kernel, zone, cut = only_the_cut_pageblock_left()
    free = cut.free[MOVABLE].mask
    largest = max(order for order, starts in enumerate(cut.free[MOVABLE].starts) if starts)
    assert move_freepages_block(kernel, zone, cut.index, UNMOVABLE) == 0
    block, first = rmqueue(kernel, zone, 0, UNMOVABLE)
    assert block is cut
    assert zone.migratetype(cut.index) == MOVABLE
    taken = (1 << (1 << largest)) - 1 << first
    assert cut.free[MOVABLE].mask == free & ~taken
    assert cut.free[UNMOVABLE].mask == taken ^ 1 << first
