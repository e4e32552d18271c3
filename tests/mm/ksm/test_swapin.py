"""Merged pages go to swap as one page, and come back as one for each place."""

from typing import Any

from tests.mm.ksm.pages import content, counts, frame, put, scan
from tests.mm.swapped import push_out, table, with_swap
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin, unpin
from thpsh.mm.ksm.swapin import might_need_to_copy
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapfile import swap_counts


def merged(pages: int = 4) -> Any:
    """A process whose first pages are one merged page, which is on the LRU lists."""
    h = with_swap()
    h.map(2 * M)
    put(h, 0, [7] * pages)
    madvise(h.kernel, h.task, START, 2 * M, Madv.MERGEABLE)
    scan(h, 3)
    assert counts(h)[:2] == (1, pages - 1)
    lru_add_drain_all(h.kernel)
    return h


def swapped(pages: int = 4) -> Any:
    h = merged(pages)
    push_out(h, pages)
    return h


def test_a_merged_page_takes_one_slot_for_all_its_places():
    h = swapped()
    entries = list(table(h).swapped.values())
    assert len(entries) == 4
    assert len(set(entries)) == 1
    assert swap_counts(h.kernel, entries[0]) == 4
    assert counts(h)[:2] == (1, 3)  # ksmd finds out when it comes along


def test_the_first_place_gets_the_page_and_the_others_get_copies():
    h = swapped()
    mm = h.task.mm
    before = (mm.swap_ents, mm.anon_rss)
    first, rest = h.read(0, 4 * K), h.read(4 * K, 12 * K)
    debug_vm(h.kernel)
    assert (first.major, first.minor, rest.major, rest.minor) == (1, 0, 0, 3)
    assert len({frame(h, page) for page in range(4)}) == 4
    assert [content(h, page) for page in range(4)] == [7] * 4
    assert (table(h).present, table(h).writable, table(h).dirty) == (0b1111, 0, 0)
    assert (mm.swap_ents, mm.anon_rss) == (before[0] - 4, before[1] + 4)
    assert h.kernel.swap.cached == 1  # the page that was read keeps its slot, which nobody else wants


def test_a_copy_for_a_writer_is_writable_at_once():
    h = swapped()
    h.read(0, 4 * K)
    report = h.write(4 * K, 4 * K)
    debug_vm(h.kernel)
    assert (report.minor, report.major) == (1, 0)
    assert (table(h).writable, table(h).dirty) == (0b10, 0b10)


def test_a_child_shares_what_its_parent_brought_back_and_copies_at_another_place():
    h = swapped()
    child = fork(h.kernel, h.task, "child")
    h.read(0, 4 * K)
    h.read(0, 8 * K, task=child)
    debug_vm(h.kernel)
    assert frame(h, 0) == frame(h, 0, child)
    assert frame(h, 1, child) != frame(h, 0)


def test_ksmd_merges_again_what_came_back():
    h = swapped()
    h.read(0, 16 * K)
    scan(h, 3)
    assert counts(h)[:2] == (1, 3)
    assert len({frame(h, page) for page in range(4)}) == 1


def test_a_page_that_is_still_merged_is_nobodys_own():
    h = merged()
    pfn = frame(h, 0)
    vma = h.task.mm.vma_at(START)
    assert not might_need_to_copy((h.kernel.block_of(pfn), pfn & 511), vma, START + 4 * K)


def test_a_merged_page_that_waits_in_the_swap_cache_is_still_charged_when_another_joins_it():
    h = merged()
    pin(h.kernel, h.task, START, 4 * K)
    push_out(h, 4)  # the pin keeps the page, in the swap cache
    assert (h.kernel.swap.cached, table(h).present) == (1, 0)
    put(h, 8, [7])
    scan(h, 3)
    assert counts(h)[0] == 1
    assert h.kernel.block_of(frame(h, 8)).mapcount(frame(h, 8) & 511) == 1
    unpin(h.kernel, h.task)
    h.read(0, 4 * K)
    debug_vm(h.kernel)
    assert frame(h, 0) == frame(h, 8)
