from tests.mm.ksm.pages import PAGE, counts, mergeable, put, scan
from tests.support import START, M
from thpsh.mm.ksm.items import forget_items, is_stale, item_at, place_of, stable_search
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv


def test_an_address_is_a_slot_and_a_page():
    assert place_of(5 * 2 * M + 3 * PAGE + 17) == (5, 3)


def test_an_item_is_made_once():
    h = mergeable(8 * PAGE)
    first = item_at(h.kernel, h.task.mm, START + PAGE)
    assert item_at(h.kernel, h.task.mm, START + PAGE) is first
    assert (first.known, h.kernel.ksm.rmap_items) == (2, 1)


def test_items_of_a_range_are_forgotten_with_their_places_in_the_trees():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 1, 2, 3])
    scan(h, 2)
    assert counts(h) == (1, 1, 2, 0)
    forget_items(h.kernel, h.task.mm, START + PAGE, START + 3 * PAGE)
    assert counts(h) == (1, 0, 1, 0)
    forget_items(h.kernel, h.task.mm, 0)
    assert (counts(h), h.task.mm.ksm_slots) == ((0, 0, 0, 0), {})


def test_a_node_whose_page_was_freed_is_found_out_by_the_next_search():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 1])
    scan(h, 2)
    node = h.kernel.ksm.stable[1]
    assert not is_stale(node)
    madvise(h.kernel, h.task, START, 2 * PAGE, Madv.DONTNEED)
    assert is_stale(node)
    put(h, 4, [1])
    pages, block, shift = h.task.mm.pmds[START >> 21].runs[0]
    assert stable_search(h.kernel, block, pages.bit_length() - 1 + shift) is None
    assert (h.kernel.ksm.stable, counts(h)[:2]) == ({}, (0, 0))
