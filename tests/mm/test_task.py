"""Fresh tasks and address spaces."""

from tests.support import host
from thpsh.mm.task import new_mm, new_task


def test_pids_and_address_spaces_are_numbered_in_order():
    h = host()
    first, second = (new_task(h.kernel, name, 1, 0) for name in ("one", "two"))
    assert second.pid == first.pid + 1
    assert h.kernel.tasks[second.pid] is second
    assert new_mm(h.kernel, second).number == new_mm(h.kernel, first).number - 1


def test_a_fresh_task_has_no_memory_and_is_its_parents():
    h = host()
    task = new_task(h.kernel, "bare", h.task.pid, 0)
    assert (task.mm, task.parent, task.kthread) == (None, h.task.pid, True)
