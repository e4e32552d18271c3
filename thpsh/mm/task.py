"""Fresh tasks and address spaces (kernel/fork.c: dup_task_struct, mm_alloc; kernel/pid.c: alloc_pid)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.mm import Mm
from thpsh.structs.task import Task

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel


def new_mm(kernel: Kernel, task: Task) -> Mm:
    """An empty address space (mm_alloc)."""
    totals = kernel.totals
    kernel.own(totals)
    mm = Mm(totals.next_mm, task.cgroup, epoch=kernel.journal.epoch)
    totals.next_mm += 1
    return mm


def new_task(kernel: Kernel, name: str, parent: int, cpu: int) -> Task:
    """A task without an address space, entered into the task table."""
    totals = kernel.totals
    kernel.own(totals)
    kernel.own(kernel.tables)
    task = Task(totals.next_pid, name, parent, None, kernel.root_memcg, cpu, epoch=kernel.journal.epoch)
    task.start_ns = kernel.clock.moment
    totals.next_pid += 1
    kernel.tables.tasks[task.pid] = task
    return task
