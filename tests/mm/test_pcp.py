"""Per-cpu lists: batches in, batches out."""

from random import Random

import pytest

from tests.support import host
from thpsh.mm.buddy_fallback import set_pageblock_migratetype
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.pcp import cut, drain_pages, free_pages_masks, rmqueue_pcp
from thpsh.structs.bits import span
from thpsh.structs.page import MigrateType

MOVABLE = MigrateType.MOVABLE


def fresh():
    h = host()
    drain_pages(h.kernel, 0)
    return h.kernel, h.kernel.zones[-1]


def test_the_first_page_brings_a_batch_of_31():
    kernel, zone = fresh()
    before = zone.free
    rmqueue_pcp(kernel, zone, 0, 1, MOVABLE)
    assert before - zone.free == 31
    assert zone.pcp[0].lists[MOVABLE].nr == 30


def test_a_large_request_takes_whole_batches():
    kernel, zone = fresh()
    before = zone.free
    pages = rmqueue_pcp(kernel, zone, 0, 100, MOVABLE)
    assert sum(length for _, _, length in pages) == 100
    assert before - zone.free == 124
    assert zone.pcp[0].count == 24


def test_freed_pages_are_handed_on_when_the_list_reaches_high():
    kernel, zone = fresh()
    pages = rmqueue_pcp(kernel, zone, 0, 300, MOVABLE)
    freed = {}
    for block, first, length in pages:
        freed[block] = freed.get(block, 0) | span(first, first + length)
    free_pages_masks(kernel, 0, freed)
    assert zone.pcp[0].count < zone.pcp[0].high == 186
    assert zone.pcp[0].count >= 186 - 31
    debug_vm(kernel)


def test_the_last_freed_page_is_the_next_one_out():
    kernel, zone = fresh()
    (block, first, _), *_ = rmqueue_pcp(kernel, zone, 0, 1, MOVABLE)
    free_pages_masks(kernel, 0, {block: 1 << first})
    assert rmqueue_pcp(kernel, zone, 0, 1, MOVABLE)[0][:2] == (block, first)


def test_draining_empties_every_list():
    kernel, zone = fresh()
    rmqueue_pcp(kernel, zone, 0, 5, MOVABLE)
    drain_pages(kernel, 0)
    assert zone.pcp[0].count == 0


def test_runs_are_cut_without_losing_pages():
    head, rest = cut([("a", 0, 10), ("b", 5, 3)], 11)
    assert head == [("a", 0, 10), ("b", 5, 1)]
    assert rest == [("b", 6, 2)]


def types_of(block):
    return {MigrateType(kind): blocks.mask.bit_count() for kind, blocks in (block.free or {}).items()}


def test_waiting_pages_go_back_to_the_type_they_were_taken_for_whoever_owns_the_pageblock_by_then():
    kernel, zone = fresh()
    (block, _, _), *_ = rmqueue_pcp(kernel, zone, 0, 1, MOVABLE)
    before = types_of(block)
    set_pageblock_migratetype(kernel, zone, block.index, MigrateType.UNMOVABLE)
    drain_pages(kernel, 0)
    after = types_of(block)
    assert after.get(MigrateType.UNMOVABLE, 0) == 0
    assert after[MOVABLE] == before.get(MOVABLE, 0) + 30


def test_pages_taken_for_the_kernel_wait_for_the_kernel():
    kernel, zone = fresh()
    (block, _, _), *_ = rmqueue_pcp(kernel, zone, 0, 1, MigrateType.UNMOVABLE)
    set_pageblock_migratetype(kernel, zone, block.index, MOVABLE)
    before = types_of(block)
    drain_pages(kernel, 0)
    assert types_of(block).get(MigrateType.UNMOVABLE, 0) == before.get(MigrateType.UNMOVABLE, 0) + 30


def test_pages_of_a_reserve_pageblock_go_back_to_it_from_the_movable_list():
    kernel, zone = fresh()
    (block, first, _), *_ = rmqueue_pcp(kernel, zone, 0, 1, MOVABLE)
    set_pageblock_migratetype(kernel, zone, block.index, MigrateType.RESERVE)
    free_pages_masks(kernel, 0, {block: 1 << first})
    drain_pages(kernel, 0)
    assert types_of(block).get(MigrateType.RESERVE, 0) >= 31


def test_each_freed_page_hands_on_one_batch_where_the_list_is_longer_than_its_lowered_high():
    kernel, zone = fresh()
    pages = rmqueue_pcp(kernel, zone, 0, 170, MOVABLE)
    block, first, _ = pages[0]
    rest = [(block, first + 2, pages[0][2] - 2), *pages[1:]]
    free_pages_masks(kernel, 0, {block: span(first, first + length) for block, first, length in rest})
    held = zone.pcp[0].count
    zone.pcp[0].high, zone.pcp[0].batch = 20, 5
    free_pages_masks(kernel, 0, {block: 1 << first})
    assert zone.pcp[0].count == held + 1 - 5
    free_pages_masks(kernel, 0, {block: 1 << first + 1})
    assert zone.pcp[0].count == held + 2 - 10


def state(kernel):
    """The lists that decide which page comes next, with their order."""
    zone = kernel.zones[-1]
    small = [
        [(index, zone.pageblocks[index].free[kind].starts[order]) for index in listed.blocks]
        for order, lists in enumerate(zone.area.lists[:9])
        for kind, listed in enumerate(lists)
    ]
    large = [(list(listed.blocks), listed.nr) for lists in zone.area.lists[9:] for listed in lists]
    held = [
        [(block.index, first + n) for block, first, length in reversed(pages.runs) for n in range(length)]
        for pages in zone.pcp[0].lists
    ]
    return small, large, held, zone.free


@pytest.mark.parametrize("seed", range(12))
def test_pages_that_join_older_ones_on_their_way_out_leave_the_lists_as_if_they_went_later(seed, monkeypatch):
    sides = []
    for apart in (False, True):
        if apart:
            monkeypatch.setattr("thpsh.mm.pcp._next_freed", lambda _chunks, _surplus: None)
        kernel, zone = fresh()
        random = Random(seed)
        pages = rmqueue_pcp(kernel, zone, 0, 3000, MOVABLE)
        frames = [(block, frame) for block, first, length in pages for frame in range(first, first + length)]
        while frames:
            count = random.choice((1, 20, 200, 512, 700))
            begin = random.choice((0, 0, random.randrange(len(frames))))
            part, frames = frames[begin : begin + count], frames[:begin] + frames[begin + count :]
            together = {}
            for block, frame in part:
                together[block] = together.get(block, 0) | 1 << frame
            free_pages_masks(kernel, 0, together)
        debug_vm(kernel)
        sides.append(state(kernel))
    assert sides[0] == sides[1]
