"""Who acts where no process is named (asm/current.h).

What is typed without a process, writes to files above all, is done by init: it stands for the shell. So its CPU and
memory policy count there, as its children inherit them: `set_mempolicy init bind 1`, `runon init 1`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.task import INIT_PID

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


def current(kernel: Kernel) -> Task:
    """The task that writes to files."""
    return kernel.tasks[INIT_PID]
