"""A group is full and nothing can be reclaimed: a task dies or sleeps (mm/memcontrol.c: mem_cgroup_handle_oom)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import ThpshError
from thpsh.mm.oom_kill import Choice, check_panic_on_oom, oom_badness, oom_kill_process, worst
from thpsh.mm.oom_report import dump_header
from thpsh.structs.page import PAGE_SHIFT, Gfp
from thpsh.structs.task import TaskState

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.task import Task

WAITING = "memcg_oom_waitq"


class FaultSleeps(ThpshError):
    """The faulting task waits for room in a group, as its OOM killer is off or may kill nobody."""

    def __init__(self, over: MemCgroup) -> None:
        super().__init__(f"waits for room in {over.path}")
        self.over = over


def limit_pages(kernel: Kernel, memcg: MemCgroup) -> int:
    """What a group may use of memory and swap: the whole that scores are measured by (mem_cgroup_get_limit)."""
    limit = memcg.res.limit + (kernel.swap.total << PAGE_SHIFT)
    return min(limit, memcg.memsw.limit) >> PAGE_SHIFT


def members(kernel: Kernel, memcg: MemCgroup) -> list[Task]:
    """The tasks of a group and of those below it, if it heads a hierarchy (task_in_mem_cgroup)."""
    return [task for task in kernel.tasks.values() if task.mm is not None and memcg.covers(task.mm.memcg)]


def mem_cgroup_handle_oom(kernel: Kernel, task: Task, over: MemCgroup) -> Task:
    """Say who must die for a charge of `task`; raises FaultSleeps where the group's OOM killer is off."""
    choice = Choice(members(kernel, over), limit_pages(kernel, over))
    if not over.oom_kill_disable:
        check_panic_on_oom(kernel, partial(dump_header, kernel, task, Gfp.KERNEL, 0), constrained=True)
    chosen = None if over.oom_kill_disable else worst(kernel, *choice)
    if chosen is None:
        raise FaultSleeps(over)
    points = oom_badness(kernel, chosen, choice.total)
    header = partial(dump_header, kernel, task, Gfp.KERNEL, 0, _limits(chosen, over), choice.tasks)
    victim = oom_kill_process(kernel, chosen, points, "Memory cgroup out of memory", choice, header)
    if victim is not task:
        kernel.own(task)
        task.charge_single = True
    return victim


def _limits(task: Task, over: MemCgroup) -> str:
    """What the log says about the group (mem_cgroup_print_oom_info)."""
    res, memsw = over.res, over.memsw
    return (
        f"Task in {task.cgroup.path} killed as a result of limit of {over.path}\n"
        f"memory: usage {res.usage >> 10}kB, limit {res.limit >> 10}kB, failcnt {res.failcnt}\n"
        f"memory+swap: usage {memsw.usage >> 10}kB, limit {memsw.limit >> 10}kB, failcnt {memsw.failcnt}\n"
    )


def sleep_in_fault(kernel: Kernel, task: Task, over: MemCgroup) -> None:
    """Put a faulting task to sleep until there is room; the groups concerned are under OOM meanwhile."""
    kernel.own(task)
    task.oom_wait = over
    task.woken = False
    task.state = TaskState.DISK_SLEEP
    task.waiting = WAITING
    _under_oom(kernel, over, 1)


def wake_in_fault(kernel: Kernel, task: Task) -> None:
    """Let a task that slept in a fault go on: the charge is tried again for one page."""
    over = task.oom_wait
    if over is None:
        return
    kernel.own(task)
    task.oom_wait = None
    task.woken = False
    task.state = TaskState.SLEEPING
    task.waiting = ""
    task.charge_single = True
    _under_oom(kernel, over, -1)


def _under_oom(kernel: Kernel, over: MemCgroup, by: int) -> None:
    for memcg in over.subtree():
        kernel.own(memcg)
        memcg.under_oom = max(0, memcg.under_oom + by)
