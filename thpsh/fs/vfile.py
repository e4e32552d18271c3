"""VFile: one pseudo-file, and the place in the tree it is looked at from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.machine import Machine
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.task import Task
    from thpsh.structs.zone import Node


@record(frozen=True)
class Place:
    """Whose file it is: the host's, or that of one process, node or cgroup."""

    machine: Machine
    task: Task | None = None
    node: Node | None = None
    memcg: MemCgroup | None = None

    @property
    def kernel(self) -> Kernel:
        """The kernel."""
        return self.machine.kernel


@record(frozen=True)
class VFile:
    """One file or family of files; `PID`, `NODE` and `CGROUP` in the path stand for every process, node and group."""

    path: str
    show: Callable[[Place], str] | None = None
    store: Callable[[Place, str], int] | None = None  # the bytes used; KernelError
    mode: int | Callable[[Kernel], int] = 0o444  # a function where releases differ
    raw: Callable[[Place, int, int], bytes] | None = None  # binary files: offset, size
    exists: Callable[[Kernel], bool] | None = None  # on this machine, in this kernel
