"""Processes and threads as ps shows them."""

import pytest

from thpsh.structs.mm import Mm
from thpsh.structs.task import Region, Task, TaskState


@pytest.mark.parametrize(
    ("state", "letter"),
    [(TaskState.RUNNING, "R"), (TaskState.SLEEPING, "S"), (TaskState.DISK_SLEEP, "D"), (TaskState.ZOMBIE, "Z")],
)
def test_letters_of_proc_stat(state, letter):
    assert state.letter == letter


def test_a_task_without_mm_is_a_thread_of_the_kernel():
    assert Task(2, "kthreadd", 0, None, None).kthread
    assert not Task(3, "app", 1, Mm(1, None), None).kthread


def test_a_zombie_lost_its_mm_but_is_no_kernel_thread():
    task = Task(3, "app", 1, None, None, state=TaskState.ZOMBIE)
    assert task.dead
    assert not task.kthread


def test_a_region_ends_with_its_last_byte():
    assert Region(0x200000000000, 4096).end == 0x200000001000
