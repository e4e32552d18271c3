from tests.mm.ksm.pages import PAGE, content, counts, frame, mergeable, put, scan
from tests.support import START
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin
from thpsh.mm.ksm.scan import ksm_scan
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv


def test_the_first_scan_only_remembers_and_the_second_merges():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 2, 1, 3])
    free = h.kernel.zones[-1].stat.nr_anon_pages
    scan(h)
    assert counts(h) == (0, 0, 0, 4)
    scan(h)
    assert counts(h) == (1, 1, 2, 0)
    assert frame(h, 0) == frame(h, 2)
    assert free - h.kernel.zones[-1].stat.nr_anon_pages == 1


def test_a_page_that_changes_between_scans_is_volatile():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 2])
    scan(h)
    put(h, 0, [3])
    scan(h)
    assert counts(h) == (0, 0, 1, 1)


def test_a_third_page_joins_in_its_first_scan():
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7])
    scan(h, 2)
    put(h, 2, [7])
    scan(h)
    assert counts(h) == (1, 2, 0, 0)


def test_a_write_makes_a_page_separate_and_ksmd_notices_at_the_next_look():
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7, 7])
    scan(h, 2)
    faults = h.task.min_flt
    put(h, 1, [8])
    assert h.task.min_flt == faults + 1
    assert [content(h, page) for page in range(3)] == [7, 8, 7]
    assert counts(h) == (1, 2, 0, 0)
    scan(h)
    assert counts(h) == (1, 1, 0, 1)


def test_the_last_copy_of_a_merged_page_is_a_copy_too():
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7])
    scan(h, 2)
    first = frame(h, 0)
    put(h, 0, [8])
    put(h, 1, [9])
    assert first not in (frame(h, 0), frame(h, 1))
    scan(h, 2)
    assert counts(h) == (0, 0, 2, 0)


def test_a_budget_is_spent_page_by_page_and_empty_memory_costs_nothing():
    h = mergeable(512 * PAGE)
    put(h, 0, [1, 2, 3])
    put(h, 500, [4])
    assert ksm_scan(h.kernel, 2) == 2
    assert h.kernel.ksm.full_scans == 0
    assert ksm_scan(h.kernel, 10) == 2
    assert h.kernel.ksm.full_scans == 1


def test_huge_pages_stay_until_a_page_of_theirs_has_a_twin():
    h = mergeable(1024 * PAGE, "always")
    put(h, 0, range(1, 1025))
    scan(h, 3)
    assert (h.slots(1024 * PAGE), counts(h)) == ("HH", (0, 0, 1024, 0))
    put(h, 600, [5])
    scan(h, 3)
    assert (h.slots(1024 * PAGE), counts(h)) == ("FF", (1, 1, 1022, 0))
    assert h.event("thp_split") == 2


def test_a_pinned_page_is_not_merged_though_its_huge_page_is_split():
    h = mergeable(512 * PAGE, "always")
    put(h, 0, [5, 5, *range(10, 520)])
    pin(h.kernel, h.task, START, PAGE)
    pin(h.kernel, h.task, START + PAGE, PAGE)
    scan(h, 3)
    assert (h.slots(512 * PAGE), counts(h)[:2]) == ("F", (0, 0))


def test_a_child_shares_a_merged_page_and_counts_when_ksmd_comes():
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7])
    scan(h, 2)
    child = fork(h.kernel, h.task, "child")
    assert frame(h, 0, child) == frame(h, 0)
    assert counts(h) == (1, 1, 0, 0)
    scan(h)
    assert counts(h) == (1, 3, 0, 0)


def test_memory_given_back_is_forgotten():
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7, 8, 9])
    scan(h, 2)
    madvise(h.kernel, h.task, START, 3 * PAGE, Madv.DONTNEED)
    scan(h)
    assert counts(h) == (0, 0, 1, 0)


def test_pages_of_zeros_are_merged_like_others():
    h = mergeable(8 * PAGE)
    put(h, 0, [0, 0, 0])
    scan(h, 2)
    assert counts(h) == (1, 2, 0, 0)
