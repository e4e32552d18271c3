"""The system calls mmap, munmap and brk (mm/mmap.c)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.mm.brk import set_brk
from thpsh.mm.locks import syscall
from thpsh.mm.mman import Map, Prot, access_word
from thpsh.mm.mmap_region import MapRequest, do_mmap, populate
from thpsh.mm.munmap import do_munmap, exit_mmap
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.stack import expand_stack
from thpsh.mm.vma import mm_of
from thpsh.structs.page import page_align
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

__all__ = ["Map", "MapRequest", "Prot", "brk", "exit_mmap", "expand_stack", "mmap", "munmap"]


def mmap(kernel: Kernel, task: Task, request: MapRequest) -> int:
    """Map memory or a file and return the address."""
    mm = mm_of(task)
    with syscall(kernel, mm, Syscall(task.pid, "mmap", request.addr, request.length, _words(request)), "write"):
        kernel.clock.spend(kernel.cost.syscall)
        start = do_mmap(kernel, task, mm, request)
        end = start + page_align(request.length)
        retry_after_oom(kernel, task, partial(populate, kernel, task, mm, (start, end), request.flags))
        return start


def _words(request: MapRequest) -> str:
    kind = "shared" if request.flags & Map.SHARED else "private"
    return f"{access_word(request.prot)} {kind} {request.file.name if request.file else 'anonymous'}"


def munmap(kernel: Kernel, task: Task, start: int, length: int) -> None:
    """Unmap a range."""
    mm = mm_of(task)
    with syscall(kernel, mm, Syscall(task.pid, "munmap", start, length), "write"):
        kernel.clock.spend(kernel.cost.syscall)
        do_munmap(kernel, task, mm, start, length)


def brk(kernel: Kernel, task: Task, new: int) -> int:
    """Move the end of the heap; returns where it is afterwards, which is the old place if it could not be moved."""
    mm = mm_of(task)
    with syscall(kernel, mm, Syscall(task.pid, "brk", new), "write"):
        kernel.clock.spend(kernel.cost.syscall)
        return set_brk(kernel, task, mm, new)
