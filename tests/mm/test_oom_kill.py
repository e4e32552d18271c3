"""Who dies (oom_badness of 3.0)."""

import pytest

from tests.support import host
from thpsh.boot import start_process
from thpsh.mm.oom_kill import UNKILLABLE, oom_badness, report, select_bad_process


def sized(pages, adjustment=0):
    """A process with so many pages on a machine of 100,000."""
    h = host()
    h.kernel.totals.total_pages = 100_000
    size(h.task, pages)
    h.task.oom_score_adj = adjustment
    return h


def size(task, pages):
    mm = task.mm
    mm.anon_rss, mm.file_rss, mm.nr_ptes, mm.swap_ents = pages, 0, 0, 0
    mm.lag_anon = mm.lag_file = 0


@pytest.mark.parametrize(
    ("pages", "adjustment", "score"),
    [
        (50_000, 0, 470),  # half of memory, less 30 for root
        (50_000, 300, 770),
        (50_000, -100, 370),
        (50_000, -999, 1),
        (1_000, 0, 1),  # a small one may die, too
        (50_000, 1000, 1000),  # never above all of memory
        (50_000, UNKILLABLE, 0),
    ],
)
def test_scores(pages, adjustment, score):
    h = sized(pages, adjustment)
    assert oom_badness(h.kernel, h.task) == score


def test_page_tables_and_swap_count_too():
    h = sized(10_000)
    h.task.mm.nr_ptes, h.task.mm.swap_ents = 5_000, 25_000
    assert oom_badness(h.kernel, h.task) == 400 - 30


def test_init_and_kernel_threads_are_never_picked():
    h = sized(0)
    spared = [task for task in h.kernel.tasks.values() if task.pid == 1 or task.kthread]
    assert spared
    assert {oom_badness(h.kernel, task) for task in spared} == {0}


def test_the_largest_is_picked_and_the_oldest_of_equals():
    h = sized(50_000)
    second, third = (start_process(h.machine, name) for name in ("second", "third"))
    size(second, 60_000)
    size(third, 60_000)
    assert select_bad_process(h.kernel) is second
    second.oom_score_adj = UNKILLABLE
    assert select_bad_process(h.kernel) is third


def test_the_log_names_the_victim_and_its_sizes_in_kb():
    h = sized(50_000)
    h.task.mm.total_vm = 60_000
    report(h.kernel, h.task)
    first, second = [line for _, line in h.machine.dmesg.lines[-2:]]
    assert first == f"Out of memory: Kill process {h.task.pid} (app) score 470 or sacrifice child"
    assert second == f"Killed process {h.task.pid} (app) total-vm:240000kB, anon-rss:200000kB, file-rss:0kB"
