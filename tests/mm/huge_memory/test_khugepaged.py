"""The thread comes and goes with `enabled`."""

import pytest

from tests.mm.huge_memory.scanned import small
from tests.support import M, host
from thpsh.fs.vfs import Vfs
from thpsh.mm.huge_memory.khugepaged import khugepaged_due, khugepaged_run, khugepaged_skip, start_khugepaged
from thpsh.mm.kthreads import run_due
from thpsh.structs.config import BuildConfig
from thpsh.structs.khugepaged import Nap


def threads(h):
    return [(task.name, task.nice) for task in h.kernel.tasks.values() if task.name == "khugepaged" and not task.dead]


def turn(h, mode):
    h.enabled(mode)
    start_khugepaged(h.kernel)


def test_it_runs_after_boot_with_the_lowest_priority_and_waits_for_a_process():
    h = host()
    assert threads(h) == [("khugepaged", 19)]
    assert h.kernel.khugepaged.nap is Nap.IDLE


@pytest.mark.parametrize("options", [{"cmdline": "transparent_hugepage=never"}, {"memory": 256 * M}, {"pse": False}])
def test_where_huge_pages_are_off_it_is_not_there(options):
    h = host(**options)
    assert threads(h) == []
    assert not h.kernel.khugepaged.running


def test_never_ends_it_and_madvise_brings_it_back():
    h = host()
    turn(h, "never")
    assert threads(h) == []
    turn(h, "madvise")
    assert len(threads(h)) == 1
    turn(h, "always")
    assert len(threads(h)) == 1


def test_enabling_raises_the_reserve_and_disabling_keeps_it():
    # set_recommended_min_free_kbytes only ever raises.
    h = host(cmdline="transparent_hugepage=never")
    low = h.kernel.sysctl.min_free_kbytes
    turn(h, "always")
    high = h.kernel.sysctl.min_free_kbytes
    assert high > low
    turn(h, "never")
    assert h.kernel.sysctl.min_free_kbytes == high


def test_a_registered_process_is_looked_at_at_once():
    h = host()
    h.map(4 * M)
    h.write(0, 4 * M)
    turn(h, "never")
    turn(h, "always")
    assert h.kernel.khugepaged.nap is Nap.SCAN
    assert h.kernel.khugepaged.woken


def test_a_kernel_without_the_daemon_starts_none():
    assert threads(host(revert=("33",))) == []


def scanned(**spec):
    h = small(**spec)
    turn(h, "always")
    return h, h.kernel.khugepaged


def test_it_sleeps_scan_sleep_between_rounds():
    h, daemon = scanned()
    khugepaged_run(h.kernel)
    assert (daemon.nap, daemon.full_scans) == (Nap.SCAN, 1)
    assert khugepaged_due(h.kernel) == h.kernel.clock.moment + 10 * 10**9


def test_a_wake_up_ends_the_sleep():
    h, daemon = scanned()
    khugepaged_run(h.kernel)
    daemon.woken = True
    assert khugepaged_due(h.kernel) == h.kernel.clock.moment


def test_a_wake_up_changes_nothing_while_nobody_is_registered():
    h = host(build=BuildConfig(numa=False))
    run_due(h.kernel)
    counted = h.event("thp_collapse_alloc")
    Vfs(h.machine).write("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "500\n")
    assert khugepaged_due(h.kernel) is None
    run_due(h.kernel)
    assert h.event("thp_collapse_alloc") == counted


@pytest.mark.parametrize(("revert", "counted"), [((), 1), (("2",), 2)])
def test_a_build_without_numa_takes_a_huge_page_when_it_starts_though_nobody_is_registered(revert, counted):
    h = host(build=BuildConfig(numa=False), revert=revert)
    daemon = h.kernel.khugepaged
    free = sum(zone.free for zone in h.kernel.zones)
    run_due(h.kernel)
    assert h.event("thp_collapse_alloc") == counted
    assert (daemon.spare, daemon.nap, daemon.full_scans) == (None, Nap.IDLE, 0)
    assert sum(zone.free for zone in h.kernel.zones) == free


def test_a_failed_allocation_costs_both_sleeps():
    h, daemon = scanned()
    for zone in h.kernel.zones:
        h.kernel.own(zone)
        zone.min_wmark = zone.low_wmark = zone.high_wmark = zone.free
    khugepaged_run(h.kernel)
    assert (daemon.nap, h.event("thp_collapse_alloc_failed")) == (Nap.SCAN, 1)
    khugepaged_run(h.kernel)
    assert (daemon.nap, h.event("thp_collapse_alloc_failed")) == (Nap.ALLOC, 1)
    assert khugepaged_due(h.kernel) == h.kernel.clock.moment + 60 * 10**9
    khugepaged_run(h.kernel)
    assert (daemon.nap, h.event("thp_collapse_alloc_failed")) == (Nap.SCAN, 2)


def test_a_build_without_numa_sleeps_before_it_scans_at_all():
    h, daemon = scanned(build=BuildConfig(numa=False))
    for zone in h.kernel.zones:
        h.kernel.own(zone)
        zone.min_wmark = zone.low_wmark = zone.high_wmark = zone.free
    khugepaged_run(h.kernel)
    assert (daemon.nap, daemon.full_scans, h.event("thp_collapse_alloc_failed")) == (Nap.ALLOC, 0, 1)


@pytest.mark.parametrize(
    ("revert", "counted"),
    [((), 3), (("2",), 4), (("2", "3"), 3)],  # one ahead at the start, the attempt, one ahead after it
)
def test_how_often_a_build_without_numa_counts_an_allocation(revert, counted):
    h, daemon = scanned(build=BuildConfig(numa=False), revert=revert)
    khugepaged_run(h.kernel)
    assert (daemon.pages_collapsed, daemon.spare, h.event("thp_collapse_alloc")) == (1, None, counted)


def test_never_forgets_the_cursor_and_keeps_the_list():
    h, daemon = scanned(slots=3)
    daemon.pages_to_scan = 1
    khugepaged_run(h.kernel)
    assert daemon.cursor_mm is h.task.mm
    turn(h, "never")
    assert (daemon.cursor_mm, daemon.cursor_address, daemon.mms) == (None, 0, [h.task.mm])


def test_rounds_that_change_nothing_can_be_counted_at_once():
    h, daemon = scanned()
    khugepaged_run(h.kernel)
    wake_at = daemon.wake_at
    khugepaged_skip(h.kernel, 100, 1, 1, 10**10)
    assert (daemon.full_scans, daemon.wake_at) == (101, wake_at + 100 * 10**10)
