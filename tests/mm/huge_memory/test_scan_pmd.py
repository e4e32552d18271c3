"""What khugepaged's first look at a range finds."""

import pytest

from tests.mm.huge_memory.scanned import small
from tests.mm.layout import place
from tests.support import START, K, M, host
from thpsh.mm.fork import fork
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.mm.huge_memory.scan_pmd import khugepaged_scan_pmd
from thpsh.mm.mlock import mlock
from thpsh.mm.mprotect import mprotect
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.pins import get_pages
from thpsh.structs.khugepaged import Verdict

SLOT = START >> 21


def look(h, slot=SLOT):
    return khugepaged_scan_pmd(h.kernel, h.task.mm, slot)


def test_a_full_range_of_used_pages_will_do():
    h = small()
    assert look(h).verdict is None
    assert look(h).node == 0


def test_nothing_mapped_and_huge_already():
    h = small()
    assert look(h, SLOT + 5).verdict is Verdict.NO_TABLE
    place(h, 8 * M, 2 * M)
    h.write(8 * M, 4 * K)
    assert look(h, SLOT + 4).verdict is Verdict.HUGE


@pytest.mark.parametrize(("allowed", "pages", "page"), [(255, 256, 511), (255, 200, 455), (0, 511, 511)])
def test_one_empty_entry_too_many_is_where_the_walk_stops(allowed, pages, page):
    h = small(pages=pages)
    h.kernel.khugepaged.max_ptes_none = allowed
    assert look(h) == (Verdict.NONE_PTES, page, -1)


def test_exactly_max_ptes_none_empty_entries_are_allowed():
    h = small(pages=257)
    h.kernel.khugepaged.max_ptes_none = 255
    assert look(h).verdict is None


def test_one_page_is_enough_by_default():
    assert look(small(pages=1)).verdict is None


def test_a_zero_page_vetoes():
    h = small(pages=8)
    set_enabled(h.kernel, "never")
    h.read(8 * 4 * K, 4 * K)
    assert look(h) == (Verdict.ZERO_PAGE, 8, -1)


def test_pages_write_protected_by_fork_veto_until_they_are_written():
    h = small()
    child = fork(h.kernel, h.task, "child")
    assert look(h) == (Verdict.READ_ONLY, 0, -1)
    h.write(0, 2 * M, task=child)
    h.write(0, 2 * M)
    lru_add_drain_all(h.kernel)
    assert look(h).verdict is None


def test_a_page_in_an_lru_cache_vetoes():
    h = host(cmdline="transparent_hugepage=never")
    place(h, 0, 2 * M)
    lru_add_drain_all(h.kernel)
    h.write(0, 8 * K)
    assert look(h) == (Verdict.NOT_ON_LRU, 0, -1)


def test_a_pinned_page_vetoes():
    h = small()
    ((_, block, shift),) = [run for run in h.task.mm.pmds[SLOT].runs if run[0] >> 500 & 1]
    get_pages(h.kernel, h.task, [(block, 1 << 500 + shift)])
    assert look(h) == (Verdict.PAGE_COUNT, 500, -1)


def test_locked_pages_do_not_veto():
    h = small()
    mlock(h.kernel, h.task, START, 2 * M)
    assert look(h).verdict is None


def test_a_read_only_vma_vetoes():
    h = small()
    mprotect(h.kernel, h.task, START, 2 * M, 1)
    assert look(h) == (Verdict.READ_ONLY, 0, -1)


def test_one_used_page_is_needed():
    h = small()
    table = h.task.mm.pmds[SLOT]
    table.young = 0
    assert look(h).verdict is Verdict.UNREFERENCED
    table.young = 1 << 77
    assert look(h).verdict is None


def test_use_by_a_guest_counts():
    h = small()
    h.task.mm.pmds[SLOT].young = 0
    h.task.mm.guest_young[SLOT] = 1
    assert look(h).verdict is None


def test_before_change_23_only_the_entry_counts():
    h = small(revert=("23",))
    h.task.mm.pmds[SLOT].young = 0
    h.task.mm.guest_young[SLOT] = 1
    assert look(h).verdict is Verdict.UNREFERENCED
