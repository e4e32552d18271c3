"""The end of a process (kernel/exit.c: do_exit, exit_mm)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.huge_memory.mm_slot import khugepaged_exit
from thpsh.mm.ksm.slots import ksm_exit
from thpsh.mm.memcg_oom import wake_in_fault
from thpsh.mm.munmap import exit_mmap
from thpsh.mm.panic import panic
from thpsh.mm.pgtable import free_pgd
from thpsh.mm.pins import unpin_all
from thpsh.structs.task import INIT_PID, TaskState
from thpsh.trace.events.vma import Exit

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task


def drop_mm(kernel: Kernel, task: Task, mm: Mm) -> None:
    """Give an address space up: off khugepaged's list, then everything unmapped (mmput)."""
    kernel.own(mm)
    mm.users = 0
    ksm_exit(kernel, mm)
    khugepaged_exit(kernel, mm)
    exit_mmap(kernel, task, mm)
    free_pgd(kernel, task.cpu, mm)


def do_exit(kernel: Kernel, task: Task, signal: str = "") -> None:
    """End a process, of its own will or by a signal; it stays in the task table, dead, until it is reaped.

    Without init nobody would reap its children: the host stops (find_new_reaper).
    """
    with kernel.trace.cause(Exit(task.pid, task.name, signal)):
        kernel.own(task)
        mm = task.mm
        task.killed_by = signal
        unpin_all(kernel, task)
        wake_in_fault(kernel, task)
        task.state = TaskState.ZOMBIE
        if mm is not None:
            drop_mm(kernel, task, mm)
            task.mm = None
        task.regions = {}
    if task.pid == INIT_PID:
        panic(kernel, "Attempted to kill init!")


def reap(kernel: Kernel) -> int:
    """Remove dead processes from the task table; returns how many there were (wait4)."""
    dead = [pid for pid, task in kernel.tasks.items() if task.dead]
    kernel.own(kernel.tables)
    for pid in dead:
        del kernel.tables.tasks[pid]
    return len(dead)
