"""prctl(PR_MCE_KILL): when a process wants to hear of memory errors (kernel/sys.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

POLICIES: Final = ("early", "late", "default")


def mce_kill(kernel: Kernel, task: Task, policy: str) -> None:
    """Early: at once, by a signal; late: at the next access; default: as memory_failure_early_kill says."""
    if policy not in POLICIES:
        raise KernelError(Errno.EINVAL, f"{policy!r} is none of {', '.join(POLICIES)}")
    kernel.own(task)
    task.mce_kill = policy
    kernel.clock.spend(kernel.cost.syscall)
