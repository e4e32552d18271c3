from tests.mm.ksm.pages import PAGE, counts, mergeable, put
from thpsh.mm.ksm.daemon import ksmd_due, ksmd_run
from thpsh.mm.ksm.unmerge import set_run
from thpsh.mm.kthreads import pass_time

MS = 10**6


def test_ksmd_does_nothing_until_it_is_told_to_and_there_is_memory_to_merge():
    h = mergeable(8 * PAGE)
    assert ksmd_due(h.kernel) is None
    set_run(h.kernel, 1)
    assert ksmd_due(h.kernel) <= h.kernel.clock.moment
    h.kernel.ksm.mms.clear()
    assert ksmd_due(h.kernel) is None


def test_a_turn_looks_at_pages_to_scan_pages_and_sleeps():
    h = mergeable(512 * PAGE)
    put(h, 0, range(1, 251))
    set_run(h.kernel, 1)
    ksmd_run(h.kernel)
    assert h.kernel.ksm.rmap_items == 100
    assert ksmd_due(h.kernel) == h.kernel.clock.moment + 20 * MS


def test_without_any_sleep_time_goes_on_all_the_same():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 1])
    h.kernel.ksm.sleep_millisecs = 0
    set_run(h.kernel, 1)
    pass_time(h.kernel, 50 * MS)
    assert counts(h) == (1, 1, 0, 0)
    assert 40 <= h.kernel.ksm.full_scans <= 51


def test_full_scans_follow_from_simulated_time():
    h = mergeable(512 * PAGE)
    put(h, 0, range(1, 251))
    set_run(h.kernel, 1)
    pass_time(h.kernel, 1000 * MS)
    assert h.kernel.ksm.full_scans in (16, 17)  # 250 pages are three turns of 20 ms
    assert counts(h) == (0, 0, 250, 0)
