"""Telling processes of a memory error, or ending them (mm/memory-failure.c: task_early_kill, kill_procs_ao)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.exit import do_exit
from thpsh.structs.task import INIT_PID
from thpsh.trace.events.fault import Signal
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


class Victim(NamedTuple):
    """A process that wants to know at once, and where it sees the page; None: the kernel cannot tell."""

    task: Task
    address: int | None


def collect(kernel: Kernel, pfn: int, mappings: Iterable[tuple[Vma, int | None]]) -> list[Victim]:
    """The mappings of processes in early-kill mode, process by process (collect_procs)."""
    mappings = list(mappings)
    victims = []
    for task in kernel.tasks.values():
        if not task_early_kill(kernel, task):
            continue
        for vma, address in mappings:
            if vma.mm is not task.mm:
                continue
            if address is None:
                text = f"MCE: Unable to find user space address {pfn:x} in {task.name}"
                kernel.trace.emit(Printk(text))
            victims.append(Victim(task, address))
    return victims


def task_early_kill(kernel: Kernel, task: Task) -> bool:
    """Does a process want to hear of errors before it meets them?"""
    if task.mm is None:
        return False
    if task.mce_kill != "default":
        return task.mce_kill == "early"
    return bool(kernel.sysctl.memory_failure_early_kill)


def kill_procs_ao(kernel: Kernel, victims: list[Victim], pfn: int, *, fail: bool) -> None:
    """SIGBUS, action optional; who still maps the page (`fail`), or somewhere unknown, is killed without asking."""
    for task, address in victims:
        if fail or address is None:
            reason = "because of failure to unmap corrupted page"
            kernel.trace.emit(Printk(f"MCE {pfn:#x}: forcibly killing {task.name}:{task.pid} {reason}"))
            if not task.dead:
                do_exit(kernel, task, "SIGKILL")
        else:
            _kill_early(kernel, task, address, pfn)


def _kill_early(kernel: Kernel, task: Task, address: int, pfn: int) -> None:
    """Who asked for the signal has a handler, others die of it, init ignores it (kill_proc_ao)."""
    text = f"MCE {pfn:#x}: Killing {task.name}:{task.pid} early due to hardware memory corruption"
    kernel.trace.emit(Printk(text))
    kernel.trace.emit(Signal(task.pid, "SIGBUS", address, "BUS_MCEERR_AO"))
    if task.dead or task.pid == INIT_PID:
        return
    if task.mce_kill == "early":
        kernel.own(task)
        task.signals.append(("AO", address))
    else:
        do_exit(kernel, task, "SIGBUS")
