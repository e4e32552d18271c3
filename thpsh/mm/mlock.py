"""The system calls mlock, munlock, mlockall and munlockall (mm/mlock.c)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.locks import mmap_sem
from thpsh.mm.mlock_pages import munlock_vma_pages_range, populate_locked
from thpsh.mm.mman import Mcl
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.vma import find_vma_prev, mm_of, next_vma
from thpsh.mm.vma_adjust import split_vma
from thpsh.mm.vma_merge import part_of, vma_merge
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE, TASK_SIZE, size_align
from thpsh.structs.vma import Vm
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def mlock(kernel: Kernel, task: Task, start: int, length: int) -> None:
    """Lock a range: first the VMAs get their flag, then the pages are faulted in and locked, left to right.

    A hole stops the first step with ENOMEM, memory without access the second; what was done until then stays.
    """
    mm = mm_of(task)
    with kernel.trace.cause(Syscall(task.pid, "mlock", start, length)):
        kernel.clock.spend(kernel.cost.syscall)
        lru_add_drain_all(kernel)
        first, last = _whole_pages(start, length)
        with mmap_sem(kernel, mm, "write", "sys_mlock"):
            _do_mlock(kernel, task, mm, (first, last), lock=True)
        _do_mlock_pages(kernel, task, mm, first, last)


def munlock(kernel: Kernel, task: Task, start: int, length: int) -> None:
    """Unlock a range."""
    mm = mm_of(task)
    with kernel.trace.cause(Syscall(task.pid, "munlock", start, length)):
        kernel.clock.spend(kernel.cost.syscall)
        with mmap_sem(kernel, mm, "write", "sys_munlock"):
            _do_mlock(kernel, task, mm, _whole_pages(start, length), lock=False)


def _whole_pages(start: int, length: int) -> tuple[int, int]:
    """A range made one of whole pages."""
    first = start & -PAGE_SIZE
    return first, first + size_align(length + start - first)


def _do_mlock(kernel: Kernel, task: Task, mm: Mm, bounds: tuple[int, int], *, lock: bool) -> None:
    """Set or clear VM_LOCKED from left to right."""
    start, end = bounds
    if end >= 1 << 64:
        raise KernelError(Errno.EINVAL, "the range wraps around")
    if end == start:
        return
    vma, prev = find_vma_prev(mm, start)
    if vma is not None and start > vma.start:
        prev = vma
    while vma is not None and vma.start <= start:
        stop = min(vma.end, end)
        prev = _mlock_fixup(kernel, task, (vma, prev), (start, stop), lock=lock)
        start = max(stop, prev.end)
        if start >= end:
            return
        vma = next_vma(prev)
    raise KernelError(Errno.ENOMEM, f"nothing is mapped at {start:#x}")


def _mlock_fixup(kernel: Kernel, task: Task, pair: tuple[Vma, Vma | None], part: tuple[int, int], *, lock: bool) -> Vma:
    """Set or clear VM_LOCKED in a part of a VMA, merging or cutting; returns the VMA that holds it then."""
    vma, prev = pair
    start, end = part
    flags = vma.flags | Vm.LOCKED if lock else vma.flags & ~Vm.LOCKED
    if flags == vma.flags or vma.flags & (Vm.SPECIAL | Vm.HUGETLB):
        return vma
    merged = vma_merge(kernel, task, vma.mm, prev, part_of(vma, start, end, flags))
    if merged is not None:
        vma = merged
    else:
        if start != vma.start:
            split_vma(kernel, task, vma, start, new_below=True)
        if end != vma.end:
            split_vma(kernel, task, vma, end, new_below=False)
    pages = (end - start) >> PAGE_SHIFT
    kernel.own(vma.mm)
    vma.mm.locked_vm += pages if lock else -pages
    if lock:
        kernel.own(vma)
        vma.flags = flags
    else:
        munlock_vma_pages_range(kernel, task, vma, start, end)
    return vma


def _populate(kernel: Kernel, task: Task, vma: Vma, part: tuple[int, int]) -> None:
    with mmap_sem(kernel, vma.mm, "read", "do_mlock_pages"):
        populate_locked(kernel, task, vma, *part)


def _do_mlock_pages(kernel: Kernel, task: Task, mm: Mm, start: int, end: int, *, ignore_errors: bool = False) -> None:
    """Fault in and lock what is mapped in a range; EFAULT of the walk is ENOMEM to the caller of mlock."""
    place = mm.find(start)
    while place < len(mm.vmas) and mm.vmas[place].start < end:
        vma = mm.vmas[place]
        if not vma.flags & (Vm.IO | Vm.PFNMAP):
            try:
                part = (max(start, vma.start), min(end, vma.end))
                retry_after_oom(kernel, task, partial(_populate, kernel, task, vma, part))
            except KernelError as error:
                if error.errno is Errno.EINTR:
                    raise
                if not ignore_errors:
                    raise KernelError(Errno.ENOMEM, error.why) from error
        place += 1


def mlockall(kernel: Kernel, task: Task, flags: int) -> None:
    """Lock all that is mapped now (MCL_CURRENT), all that will be (MCL_FUTURE), or both."""
    mm = mm_of(task)
    with kernel.trace.cause(Syscall(task.pid, "mlockall", detail=str(flags))):
        kernel.clock.spend(kernel.cost.syscall)
        if not flags or flags & ~(Mcl.CURRENT | Mcl.FUTURE):
            raise KernelError(Errno.EINVAL, f"flags {flags}: expected MCL_CURRENT (1), MCL_FUTURE (2) or both (3)")
        lru_add_drain_all(kernel)
        _do_mlockall(kernel, task, mm, flags)
        if flags & Mcl.CURRENT:
            _do_mlock_pages(kernel, task, mm, 0, TASK_SIZE, ignore_errors=True)


def munlockall(kernel: Kernel, task: Task) -> None:
    """Unlock everything, and lock no new mapping any more."""
    mm = mm_of(task)
    with kernel.trace.cause(Syscall(task.pid, "munlockall")):
        kernel.clock.spend(kernel.cost.syscall)
        _do_mlockall(kernel, task, mm, 0)


def _do_mlockall(kernel: Kernel, task: Task, mm: Mm, flags: int) -> None:
    kernel.own(mm)
    mm.def_flags = Vm.LOCKED if flags & Mcl.FUTURE else 0
    if flags == Mcl.FUTURE:
        return
    prev: Vma | None = None
    vma = mm.vmas[0] if mm.vmas else None
    while vma is not None:
        prev = _mlock_fixup(kernel, task, (vma, prev), (vma.start, vma.end), lock=bool(flags & Mcl.CURRENT))
        vma = next_vma(prev)
