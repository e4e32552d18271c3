"""Batches taken off the LRU lists."""

import pytest

from tests.mm.groups import in_group
from tests.mm.swapped import table, touched, with_swap
from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.mm import isolate
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.group_order import settle, stamp_of
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.isolate import (
    entries,
    forget_strangers,
    isolate_lru_pages,
    nr_lru_pages,
    oldest_of_group,
    pages_of,
    putback,
    unevictable,
)
from thpsh.mm.lru import add_page_to_lru_list, del_page_from_lru, lru_mask
from thpsh.mm.lru_insert import lru_add_after_commit
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.bits import FULL, indices, lowest, span
from thpsh.structs.page import Lru
from thpsh.trace.events.huge_memory import SplitReason


def zone(h):
    return h.kernel.zones[-1]


def test_a_batch_is_the_oldest_pages_in_order_and_goes_back_at_the_new_end():
    h = with_swap()
    touched(h, 512 * K)
    size = nr_lru_pages(zone(h), None, Lru.ACTIVE_ANON)
    first = isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 32)
    assert sum(entries(block, mask) for block, mask, _ in first) == 32
    assert nr_lru_pages(zone(h), None, Lru.ACTIVE_ANON) == size - 32
    for block, mask, _ in first:
        putback(h.kernel, block, mask, active=False)
    assert nr_lru_pages(zone(h), None, Lru.INACTIVE_ANON) == 32
    debug_vm(h.kernel)


def test_a_huge_page_is_one_entry():
    h = with_swap(huge=True)
    touched(h, 4 * M)
    batch = isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 1000)
    assert [mask.bit_count() for block, mask, _ in batch if block.huge] == [512, 512]
    assert sum(entries(block, mask) for block, mask, _ in batch if block.huge) == 2
    for block, mask, _ in batch:
        putback(h.kernel, block, mask, active=True)
    debug_vm(h.kernel)


def test_a_group_has_the_part_of_the_list_that_is_charged_to_it():
    h = with_swap()
    touched(h, 512 * K)
    root = h.kernel.root_memcg
    listed = zone(h).lruvec.lists[Lru.ACTIVE_ANON]
    assert nr_lru_pages(zone(h), root, Lru.ACTIVE_ANON) == listed.nr_pages
    block = listed.oldest.block
    assert listed.oldest.mask & ~pages_of(block, root) == 0


def test_the_pages_of_the_boot_image_must_stay():
    h = host()
    file = next(iter(h.kernel.tables.files.values()))
    pages, block, shift = next(iter(file.mapping.slots.values())).runs[0]
    frames = pages << shift if shift >= 0 else pages >> -shift
    assert unevictable(block, frames) == frames


def whole_block(h):
    """A pageblock all of whose pages are on the active list."""
    touched(h, 8 * M)
    listed = zone(h).lruvec.lists[Lru.ACTIVE_ANON]
    return next(entry.block for entry in listed.from_oldest() if lru_mask(entry.block) == FULL)


def test_for_a_high_order_the_pages_around_come_along():
    h = with_swap()
    block = whole_block(h)
    bring_to_old_end(h, block, 1 << 100)
    batch = isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 1, 4)
    assert [chunk.frames for chunk in batch] == [1 << 100, span(96, 112) ^ 1 << 100]
    for taken, mask, _ in batch:
        putback(h.kernel, taken, mask, active=True)
    debug_vm(h.kernel)


def test_the_first_page_in_other_use_ends_the_block():
    h = with_swap()
    block = whole_block(h)
    del_page_from_lru(h.kernel, block, 1 << 105)
    add_page_to_lru_list(h.kernel, block, 1 << 105, Lru.UNEVICTABLE)
    bring_to_old_end(h, block, 1 << 100)
    batch = isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 1, 4)
    assert [chunk.frames for chunk in batch] == [1 << 100, span(96, 105) ^ 1 << 100]


def test_without_swap_space_anonymous_neighbours_stay():
    h = host(cmdline="transparent_hugepage=never")
    touched(h, 2 * M)
    batch = isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 1, 9)
    assert [taken.frames.bit_count() for taken in batch] == [1]


def bring_to_old_end(h, block, frame):
    """Make a page the oldest of its list."""
    listed = zone(h).lruvec.lists[Lru.ACTIVE_ANON]
    while True:
        oldest = listed.oldest
        if oldest.block is block and oldest.mask & frame:
            others = oldest.mask & (frame - 1)
            if not others:
                return
            move(h, oldest.block, others)
        else:
            move(h, oldest.block, oldest.mask)


def move(h, block, mask):
    del_page_from_lru(h.kernel, block, mask)
    add_page_to_lru_list(h.kernel, block, mask, Lru.ACTIVE_ANON)


def test_the_tails_of_a_split_page_keep_their_order_on_another_list():
    h = with_swap(huge=True)
    touched(h, 2 * M)
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, SplitReason.VMA_BOUNDARY)
    block = table(h).runs[0][1]
    listed = zone(h).lruvec.lists[Lru.ACTIVE_ANON]
    before = [pfn for pfn, _ in positions(listed) if pfn >> 9 == block.index]
    for taken, mask, descending in isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 10_000):
        putback(h.kernel, taken, mask, active=False, descending=descending)
    after = [pfn for pfn, _ in positions(zone(h).lruvec.lists[Lru.INACTIVE_ANON]) if pfn >> 9 == block.index]
    assert before == after
    assert before[:3] == [block.start_pfn, block.start_pfn + 511, block.start_pfn + 510]
    debug_vm(h.kernel)


def positions(listed):
    """The frames of a list, oldest first."""
    found = []
    for entry in listed.from_oldest():
        frames = indices(entry.mask)
        base = entry.block.start_pfn
        found += [(base + frame, 1) for frame in (frames if entry.ascending else frames[::-1])]
    return found


def taken(h, memcg, count):
    """The frames of a batch of a group, in the order in which reclaim looks at them."""
    found = []
    for block, mask, descending in isolate_lru_pages(h.kernel, zone(h), memcg, Lru.ACTIVE_ANON, count):
        frames = indices(mask)
        found += [block.start_pfn + frame for frame in (frames[::-1] if descending else frames)]
    return found


def test_the_tails_of_a_huge_page_that_is_split_on_the_list_are_the_newest_of_the_group():
    h, memcg = in_group()
    h.enabled("always")
    h.write(0, 4 * M)
    lru_add_drain_all(h.kernel)
    first, second = (h.task.mm.pmds[(START >> 21) + slot].block for slot in range(2))
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, SplitReason.PARTIAL_ZAP)
    huge = range(second.start_pfn, second.start_pfn + 512)
    assert taken(h, memcg, 4) == [first.start_pfn, *huge, first.start_pfn + 1, first.start_pfn + 2]


def test_a_group_looks_at_its_own_pageblocks_only_and_forgets_those_it_has_left():
    h, memcg = in_group()
    h.write(0, 8 * M)
    lru_add_drain_all(h.kernel)
    ((key, known),) = memcg.blocks.items()
    assert key == (0, zone(h).kind)
    assert len(known) in (4, 5, 6)
    munmap(h.kernel, h.task, START, 6 * M)
    assert memcg.blocks[key] is known, "nobody tells a group that a pageblock is of no use any more"
    forget_strangers(h.kernel, memcg)
    assert len(memcg.blocks[key]) in (1, 2)
    debug_vm(h.kernel)


@pytest.mark.parametrize("patience", [0, 0.3, 0.6, 5])
def test_the_order_of_a_group_is_that_of_the_stamps_however_many_others_there_are(patience, monkeypatch):
    """Beside few others the zone's list is walked, beside many the group's entries are sorted: the same comes of it."""
    monkeypatch.setattr(isolate, "_PATIENCE", patience)
    h, memcg = in_group()
    other = start_process(h.machine, "other")
    vma = h.map(8 * M, start=START + (1 << 40), task=other)
    h.enabled("always")
    h.write(0, 4 * M)
    h.enabled("never")
    for turn in range(24):
        h.write(4 * M + turn * 64 * K, 4 * K)
        touch(h.kernel, other, vma.start + 4 * M + turn * 64 * K, 4 * K, TouchMode(write=True))
    lru_add_drain_all(h.kernel)
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, SplitReason.PARTIAL_ZAP)
    block = h.task.mm.pmds[START >> 21].runs[0][1]
    for frame in (0, 7, 300):
        lru_add_after_commit(h.kernel, block, frame)
    debug_vm(h.kernel)
    listed = zone(h).lruvec.lists[Lru.ACTIVE_ANON]
    found = list(oldest_of_group(h.kernel, zone(h), memcg, listed))
    settle(h.kernel, listed)
    every = [(each, each.mask & pages_of(each.block, memcg)) for each in listed.from_oldest()]
    wanted = [(each, mask) for each, mask in every if mask]
    wanted.sort(key=lambda page: (stamp_of(page[0]), lowest(page[1]) * (1 if page[0].group_ascending else -1)))
    assert len(listed.late) > 3
    assert found == wanted
