from tests.mm.ksm.pages import PAGE, counts, mergeable, put
from thpsh.mm.debug_vm import debug_vm
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


def test_turns_that_change_nothing_are_counted_without_being_done():
    def scans(steps):
        h = mergeable(512 * PAGE)
        put(h, 0, [7, 7, *range(10, 258)])
        set_run(h.kernel, 1)
        for _ in range(steps):
            pass_time(h.kernel, 12_000 * MS // steps)
        return h.kernel.ksm.full_scans, counts(h), h.kernel.khugepaged.full_scans

    assert scans(1) == scans(600)


def test_a_month_passes_in_no_time():
    h = mergeable(512 * PAGE)
    put(h, 0, [7, 7, *range(10, 258)])
    set_run(h.kernel, 1)
    pass_time(h.kernel, 30 * 86_400_000 * MS)
    assert counts(h) == (1, 1, 248, 0)
    assert h.kernel.ksm.full_scans > 40_000_000
    debug_vm(h.kernel)


def test_a_change_is_met_in_time_after_a_long_quiet():
    h = mergeable(512 * PAGE)
    put(h, 0, [7, 8])
    set_run(h.kernel, 1)
    pass_time(h.kernel, 3600_000 * MS)
    put(h, 2, [7])
    pass_time(h.kernel, 100 * MS)
    assert counts(h) == (1, 1, 1, 0)
