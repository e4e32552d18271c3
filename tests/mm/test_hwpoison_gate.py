"""Poisoned pages at the doors of the page allocator."""

import pytest

from tests.mm.layout import placed
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.free_pages import free_block, free_huge_blocks
from thpsh.mm.hwpoison_gate import check_new_block, check_new_pages, free_block_check, free_pages_check
from thpsh.mm.hwpoison_inject import hwpoison_inject
from thpsh.mm.mmap import munmap
from thpsh.mm.page_alloc import alloc_block, alloc_small
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.pcp import drain_pages, free_pages_masks
from thpsh.structs.bits import FULL, lowest
from thpsh.structs.page import HPAGE_ORDER, Gfp
from thpsh.structs.pageblock import Pageblock


@pytest.fixture
def block():
    """A pageblock two frames of which are poisoned, and its host."""
    h = host()
    made = Pageblock(5, h.kernel.zones[-1])
    rare_flags(h.kernel, made).hwpoison = 0b101
    return h, made


def test_single_pages_are_refused_one_by_one(block):
    h, made = block
    assert free_pages_check(h.kernel, {made: 0b111}) == {made: 0b010}
    assert made.rare.lost == 0b101
    assert free_pages_check(h.kernel, {made: 0b100}) == {}


def test_a_wrong_count_of_references_is_as_bad_as_poison(block):
    h, made = block
    made.rare.uncounted = 0b1000
    made.rare.pins[4] = 1
    assert free_pages_check(h.kernel, {made: 0b111000}) == {made: 0b100000}
    assert (made.rare.lost, made.rare.uncounted) == (0b11000, 0)


def test_a_block_goes_as_a_whole(block):
    h, made = block
    assert free_block_check(h.kernel, made, 0b11110000)
    assert not free_block_check(h.kernel, made, 0b1111)
    assert made.rare.lost == 0b1111
    assert check_new_block(h.kernel, made, 4, 2)
    assert not check_new_block(h.kernel, made, 0, 3)
    assert made.rare.lost == 0b11111111


def test_single_pages_are_passed_over_when_handed_out(block):
    h, made = block
    assert check_new_pages(h.kernel, [(made, 0, 4), (made, 8, 2)]) == [(made, 1, 1), (made, 3, 1), (made, 8, 2)]
    assert made.rare.lost == 0b101


def next_small(h):
    """The frame that the next allocation would take; it is given back."""
    pages = alloc_small(h.kernel, 0, 1, Gfp.HIGHUSER_MOVABLE)
    free_pages_masks(h.kernel, 0, {pages[0][0]: 1 << pages[0][1]})
    return pages[0][0].start_pfn + pages[0][1]


def test_the_allocator_takes_another_page_instead():
    h = host()
    pfn = next_small(h)
    free = sum(zone.free for zone in h.kernel.zones)
    hwpoison_inject(h.kernel, pfn)
    debug_vm(h.kernel)
    taken = alloc_small(h.kernel, 0, 600, Gfp.HIGHUSER_MOVABLE)
    frames = {block.start_pfn + first + place for block, first, length in taken for place in range(length)}
    assert len(frames) == 600
    assert pfn not in frames
    hits = sum(zone.stat.numa_hit for zone in h.kernel.zones)
    alloc_small(h.kernel, 0, 1, Gfp.HIGHUSER_MOVABLE)
    assert sum(zone.stat.numa_hit for zone in h.kernel.zones) == hits + 1
    assert sum(zone.free for zone in h.kernel.zones) < free


def test_a_huge_block_with_one_bad_page_is_lost_and_the_next_is_taken():
    h = host()
    block, _ = alloc_block(h.kernel, 0, HPAGE_ORDER, Gfp.TRANSHUGE)
    free_huge_blocks(h.kernel, [block])
    hwpoison_inject(h.kernel, block.start_pfn + 77)
    debug_vm(h.kernel)
    other, _ = alloc_block(h.kernel, 0, HPAGE_ORDER, Gfp.TRANSHUGE)
    assert other.index != block.index
    there = h.kernel.zone_of(block.index).pageblocks[block.index]
    assert there.rare.lost == FULL
    free_huge_blocks(h.kernel, [other])
    debug_vm(h.kernel)


def test_a_process_gives_its_bad_pages_up_but_nobody_gets_them():
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    pages, block, shift = h.task.mm.pmds[START >> 21].runs[0]
    bad = 1 << lowest(pages) + shift
    rare_flags(h.kernel, block).hwpoison = bad
    h.kernel.totals.hwpoison_pages = 1
    h.kernel.totals.hwpoison_seen = True
    freed = h.event("pgfree")
    munmap(h.kernel, h.task, START, 64 * K)
    drain_pages(h.kernel, 0)
    debug_vm(h.kernel)
    assert block.rare.lost == bad
    assert h.event("pgfree") - freed == 15 + 3, "three page tables, too"


def test_blocks_of_lower_orders_have_a_door_too():
    h = host()
    block, first = alloc_block(h.kernel, 0, 2, Gfp.KERNEL)
    rare_flags(h.kernel, block).hwpoison = 1 << first
    h.kernel.totals.hwpoison_pages = 1
    h.kernel.totals.hwpoison_seen = True
    free_block(h.kernel, block, first, 2)
    debug_vm(h.kernel)
    assert block.rare.lost == 0b1111 << first


def test_a_pageblock_that_is_free_but_for_its_flag_keeps_its_object():
    h = host()
    zone = h.kernel.zones[-1]
    first, _ = zone.area.virgin[0]
    hwpoison_inject(h.kernel, (first << 9) + 9)
    debug_vm(h.kernel)
    assert zone.pageblocks[first].rare.hwpoison == 1 << 9
    h.map(64 * M)
    h.enabled("never")
    h.write(0, 64 * M)
    munmap(h.kernel, h.task, START, 64 * M)
    drain_pages(h.kernel, 0)
    debug_vm(h.kernel)
