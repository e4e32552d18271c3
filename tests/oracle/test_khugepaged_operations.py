"""Waking khugepaged and waiting for it, as the recorder did."""

from tests.oracle.cases import replay

REGISTERED = ("spawn A", "mmap A k 2M", "madvise A k 2M hugepage", "touch A k 4K write", "munmap A k 2M")
SMALL = ("mmap A r 4M", "touch A r 4M write stride=2M", "madvise A r 4M hugepage")


def test_one_wake_up_is_one_round():
    run, outcomes = replay(*REGISTERED, *SMALL, "wake", "wake")
    assert [outcome.results["full_scans"] for outcome in outcomes[-2:]] == [1, 1]
    assert outcomes[-2].counters["thp_collapse_alloc"] == 2
    assert run.recorder.kernel.khugepaged.pages_collapsed == 2


def test_waiting_for_a_thread_that_sleeps_gives_up():
    _, outcomes = replay(*REGISTERED, "wait_khugepaged 1")
    assert (outcomes[-1].ret, outcomes[-1].results) == ("-ETIMEDOUT", {})


def test_waiting_ends_when_enough_scans_are_done():
    path = "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
    _, outcomes = replay(*REGISTERED, *SMALL, f"write {path} 100", "wait_khugepaged 3")
    assert (outcomes[-1].ret, outcomes[-1].results) == ("0", {})
