"""Kernel threads: tasks without memory (kernel/kthread.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.task import new_task

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

KTHREADD: Final = 2  # pid of the parent of all kernel threads


def kthread_run(kernel: Kernel, name: str, *, nice: int = 0, cpu: int = 0) -> Task:
    """Start a kernel thread."""
    task = new_task(kernel, name, KTHREADD, cpu)
    task.nice = nice
    return task


def kthread_stop(kernel: Kernel, name: str) -> None:
    """Let the kernel thread of a name end, if there is one; nobody has to reap it."""
    for task in list(kernel.tasks.values()):
        if task.name == name and task.kthread:
            kernel.own(kernel.tables)
            del kernel.tables.tasks[task.pid]
