"""The freezer: before a suspend all processes stop, and freezable daemons with them (kernel/power/process.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.structs.task import TaskState
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

FREEZER: Final = "freezer"  # what a frozen task waits for
_DONE: Final = "... (elapsed 0.00 seconds) done."
_TIMEOUT: Final = 20  # seconds that all have to stop
_SECOND: Final = 10**9
_SCANNERS: Final = ("khugepaged", "ksmd")  # freezable since commit 22


def freezable(kernel: Kernel, daemon: str) -> bool:
    """Does a daemon stop with all others? Those that scan memory did not before commit 22."""
    return daemon not in _SCANNERS or kernel.features.freezable_daemons


def freeze_processes(kernel: Kernel) -> int:
    """Stop all processes and freezable daemons; returns how many there were.

    Raises EBUSY, with everything going on again, where a process sleeps until its group has room: it would only hear of
    a deadly signal (TASK_KILLABLE), and the freezer waits for it in vain.
    """
    if kernel.totals.frozen:
        return 0
    deaf = [task for task in kernel.tasks.values() if task.oom_wait is not None]
    if deaf:
        kernel.clock.spend(_TIMEOUT * _SECOND)
        failed = f"failed after {_TIMEOUT}.00 seconds ({len(deaf)} tasks refusing to freeze, wq_busy=0):"
        text = f"Freezing user space processes ... \nFreezing of tasks {failed}\n\nRestarting tasks ... done."
        kernel.trace.emit(Printk(text))
        names = ", ".join(task.name for task in deaf)
        raise KernelError(Errno.EBUSY, f"{names}: asleep for want of room in a group; nothing but SIGKILL wakes such")
    kernel.own(kernel.totals)
    kernel.totals.frozen = True
    stopped = [task for task in kernel.tasks.values() if _stops(kernel, task)]
    for task in stopped:
        kernel.own(task)
        task.waiting, task.state = FREEZER, TaskState.DISK_SLEEP
    text = f"Freezing user space processes {_DONE}\nFreezing remaining freezable tasks {_DONE}"
    kernel.trace.emit(Printk(text))
    return len(stopped)


def _stops(kernel: Kernel, task: Task) -> bool:
    if task.dead or task.waiting:
        return False
    return task.mm is not None or (freezable(kernel, task.name) and task.name.startswith((*_SCANNERS, "kswapd")))


def thaw_processes(kernel: Kernel) -> int:
    """Let everything go on where it stood; returns how many tasks that are."""
    if not kernel.totals.frozen:
        return 0
    kernel.own(kernel.totals)
    kernel.totals.frozen = False
    stopped = [task for task in kernel.tasks.values() if task.waiting == FREEZER]
    for task in stopped:
        kernel.own(task)
        task.waiting, task.state = "", TaskState.SLEEPING
    kernel.trace.emit(Printk("Restarting tasks ... done."))
    return len(stopped)
