"""Pageblocks that lie side by side on a list leave it, and huge pages come to it."""

from tests.mm.huge_memory.scanned import in_order
from tests.support import START
from thpsh.mm.lru_stretch import add_huge_pages, unlink_blocks
from thpsh.structs.page import Lru
from thpsh.structs.pageblock import Pageblock

SLOT = START >> 21


def listed(zone):
    return [entry.block.index for entry in zone.lruvec.lists[Lru.ACTIVE_ANON].from_oldest()]


def whole_blocks(h, slots):
    """The pageblocks that lie wholly below some slots, in the order of their pages."""
    found = dict.fromkeys(block for slot in range(slots) for _, block, _ in h.task.mm.pmds[SLOT + slot].runs)
    return [block for block in found if len(block.lru) == 1 and block.lru[0].mask.bit_count() == 512]


def test_blocks_leave_a_list_in_stretches_and_the_others_close_up():
    h = in_order(8)
    blocks = whole_blocks(h, 8)
    zone = blocks[0].zone
    before, pages = listed(zone), zone.lruvec.lists[Lru.ACTIVE_ANON].nr_pages
    gone = [blocks[0], blocks[1], blocks[3]]
    unlink_blocks(h.kernel, gone)
    assert listed(zone) == [index for index in before if index not in {block.index for block in gone}]
    assert zone.lruvec.lists[Lru.ACTIVE_ANON].nr_pages == pages - 3 * 512
    newest = zone.lruvec.lists[Lru.ACTIVE_ANON].newest
    assert newest.newer is None
    assert newest.block.index == before[-1]


def test_a_list_whose_blocks_all_leave_is_empty():
    h = in_order(4)
    blocks = whole_blocks(h, 4)
    lists = blocks[0].zone.lruvec.lists
    fresh = [Pageblock(9000 + number, blocks[0].zone, huge=True) for number in range(3)]
    add_huge_pages(h.kernel, blocks[0].zone, fresh)
    assert listed(blocks[0].zone)[-3:] == [9000, 9001, 9002]
    assert all(block.active.bit_count() == 512 for block in fresh)
    before = lists[Lru.ACTIVE_ANON].nr_pages
    unlink_blocks(h.kernel, fresh)
    assert lists[Lru.ACTIVE_ANON].nr_pages == before - 3 * 512
    assert 9000 not in listed(blocks[0].zone)


def test_huge_pages_that_join_count_once_each_for_reclaim():
    h = in_order(4)
    zone = whole_blocks(h, 4)[0].zone
    scanned, rotated = zone.lruvec.recent_scanned_anon, zone.lruvec.recent_rotated_anon
    add_huge_pages(h.kernel, zone, [Pageblock(9000, zone, huge=True), Pageblock(9001, zone, huge=True)])
    assert zone.lruvec.recent_scanned_anon == scanned + 2
    assert zone.lruvec.recent_rotated_anon == rotated + 2
