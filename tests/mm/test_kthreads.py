"""Daemons run when they are due, and time costs nothing while nothing happens."""

from tests.mm.huge_memory.scanned import small
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.huge_memory.khugepaged import start_khugepaged
from thpsh.mm.kthreads import next_daemon, pass_time, run_due
from thpsh.mm.pagevec import lru_add_drain_all

SECOND = 10**9


def started(**spec):
    h = small(**spec)
    start_khugepaged(h.kernel)
    clock = h.kernel.clock
    clock.now, clock.spent = clock.moment, 0
    return h, h.kernel.khugepaged


def test_who_was_woken_runs_now():
    h, daemon = started()
    assert next_daemon(h.kernel)[0] == h.kernel.clock.moment
    run_due(h.kernel)
    assert daemon.full_scans == 1
    run_due(h.kernel)
    assert daemon.full_scans == 1


def test_ten_seconds_are_one_round():
    h, daemon = started()
    run_due(h.kernel)
    for rounds in (2, 3):
        pass_time(h.kernel, 10 * SECOND)
        assert daemon.full_scans == rounds


def test_time_stops_where_it_was_told_to():
    h, _ = started()
    run_due(h.kernel)
    before = h.kernel.clock.now
    pass_time(h.kernel, 5 * SECOND)
    assert h.kernel.clock.now == before + 5 * SECOND


def test_what_a_command_spent_passes_first():
    h, _ = started()
    run_due(h.kernel)
    before = h.kernel.clock.now
    h.kernel.clock.spend(77)
    pass_time(h.kernel, 100)
    assert (h.kernel.clock.now, h.kernel.clock.spent) == (before + 177, 0)


def test_thirty_days_are_counted_not_done():
    h, daemon = started()
    turns = []
    pass_time(h.kernel, 30 * 86400 * SECOND, turns.append)
    assert len(turns) < 10
    assert 259_000 < daemon.full_scans <= 259_201
    assert h.event("thp_collapse_alloc") == 1
    debug_vm(h.kernel)


def test_counted_rounds_leave_the_host_as_done_ones_would():
    counted, done = started(slots=20), started(slots=20)
    for h, daemon in (counted, done):
        daemon.pages_to_scan = 700
        pass_time(h.kernel, 400 * SECOND)
    pass_time(counted[0].kernel, 5000 * SECOND)
    for _ in range(500):
        pass_time(done[0].kernel, 10 * SECOND)
    for name in ("full_scans", "cursor_address", "wake_at", "pages_collapsed"):
        assert getattr(counted[1], name) == getattr(done[1], name)
    assert counted[0].kernel.clock.now == done[0].kernel.clock.now


def test_a_change_is_seen_by_the_first_round_after_it():
    h, daemon = started(slots=2, pages=3)
    daemon.max_ptes_none = 500
    pass_time(h.kernel, 3600 * SECOND)
    assert h.slots(4 * M) == "PP"
    h.write(0, 80 * K)
    lru_add_drain_all(h.kernel)
    pass_time(h.kernel, 10 * SECOND)
    assert h.slots(4 * M) == "HP"
    assert h.task.mm.vma_at(START) is not None


def test_a_sleep_of_nothing_is_round_after_round_and_still_ends():
    h, daemon = started()
    daemon.scan_sleep_millisecs = 0
    turns = []
    pass_time(h.kernel, 3600 * SECOND, turns.append)
    assert daemon.full_scans > 1000
    assert len(turns) < 20
