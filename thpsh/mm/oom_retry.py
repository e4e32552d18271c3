"""Doing again what ended for lack of memory, once somebody has been killed (mm/page_alloc.c: __alloc_pages_may_oom)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from thpsh.errors import Errno, KernelError
from thpsh.mm.memcg_charge import MemcgOutOfMemory
from thpsh.mm.page_alloc import OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

T = TypeVar("T")


def kill_for_memory(kernel: Kernel, task: Task, error: OutOfMemory) -> Task:
    """Kill the process that has to die for an allocation of `task`; returns it.

    Raises FaultSleeps where `task` waits for room in its group instead.
    """
    from thpsh.mm.exit import do_exit  # only a host that is out of memory pays for it
    from thpsh.mm.memcg_oom import mem_cgroup_handle_oom
    from thpsh.mm.oom_kill import out_of_memory

    if isinstance(error, MemcgOutOfMemory):
        victim = mem_cgroup_handle_oom(kernel, task, error.over)
    else:
        victim = out_of_memory(kernel, task, error.gfp, error.order, error.nodes)
    do_exit(kernel, victim, "SIGKILL")
    return victim


def retry_after_oom(kernel: Kernel, task: Task, call: Callable[[], T]) -> T:
    """Make a part of a system call that can be repeated; raises EINTR when the caller itself was the one to die."""
    while True:
        try:
            return call()
        except OutOfMemory as error:
            from thpsh.mm.memcg_oom import FaultSleeps

            try:
                victim = kill_for_memory(kernel, task, error)
            except FaultSleeps as sleep:
                raise KernelError(Errno.EINTR, f"{task.name} {sleep}; here only `touch` can be left asleep") from None
            if victim is task:
                raise KernelError(Errno.EINTR, f"{task.name} was killed for lack of memory") from None
