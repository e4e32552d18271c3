"""Doing again what ended for lack of memory, once somebody has been killed (mm/page_alloc.c: __alloc_pages_may_oom)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.exit import do_exit
from thpsh.mm.oom_kill import report, select_bad_process
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.panic import panic

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


NOBODY_LEFT: Final = "Out of memory and no killable processes..."


def retry_after_oom(kernel: Kernel, task: Task, call: Callable[[], object]) -> None:
    """Make a part of a system call that can be repeated; raises EINTR when the caller itself was the one to die."""
    while True:
        try:
            call()
        except OutOfMemory:
            victim = select_bad_process(kernel)
            if victim is None:
                panic(kernel, NOBODY_LEFT)
            report(kernel, victim)
            do_exit(kernel, victim, "SIGKILL")
            if victim is task:
                raise KernelError(Errno.EINTR, f"{task.name} was killed for lack of memory") from None
        else:
            return
