"""Kernel threads."""

from tests.support import M, host
from thpsh.mm.huge_memory.khugepaged import start_khugepaged
from thpsh.mm.kthread import kthread_run, kthread_stop


def names(kernel):
    return [task.name for task in kernel.tasks.values()]


def test_a_thread_comes_and_goes():
    kernel = host().kernel
    task = kthread_run(kernel, "worker", nice=7)
    assert (task.parent, task.nice, task.kthread) == (2, 7, True)
    kthread_stop(kernel, "worker")
    assert "worker" not in names(kernel)


def test_khugepaged_runs_while_thp_is_enabled():
    h = host(memory=256 * M)
    assert "khugepaged" not in names(h.kernel)
    for mode, there in (("always", True), ("madvise", True), ("never", False), ("always", True)):
        h.enabled(mode)
        start_khugepaged(h.kernel)
        assert ("khugepaged" in names(h.kernel)) is there
    assert next(task for task in h.kernel.tasks.values() if task.name == "khugepaged").nice == 19
