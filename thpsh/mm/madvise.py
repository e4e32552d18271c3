"""The system call madvise (mm/madvise.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.locks import mmap_sem
from thpsh.mm.madvise_flags import madvise_behavior
from thpsh.mm.madvise_hwpoison import madvise_hwpoison
from thpsh.mm.memory.zap import zap_page_range
from thpsh.mm.mman import Madv
from thpsh.mm.shmem import shmem_truncate_range
from thpsh.mm.vma import find_vma_prev, mm_of, next_vma
from thpsh.structs.c_int import as_int
from thpsh.structs.page import PAGE_SIZE, page_align
from thpsh.structs.page_cache import FileKind
from thpsh.structs.vma import Vm
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

NAMES: Final = {value: name.lower() for name, value in vars(Madv).items() if isinstance(value, int)}


_READERS: Final = (Madv.REMOVE, Madv.WILLNEED, Madv.DONTNEED)  # madvise_need_mmap_write


def madvise(kernel: Kernel, task: Task, start: int, length: int, advice: int) -> None:
    """Give advice on a range, VMA by VMA from left to right; the first error stops.

    Holes are passed over, but end in ENOMEM when all the rest is done.
    """
    mm = mm_of(task)
    advice = as_int(advice)
    with kernel.trace.cause(Syscall(task.pid, "madvise", start, length, NAMES.get(advice, str(advice)))):
        kernel.clock.spend(kernel.cost.syscall)
        if advice in (Madv.HWPOISON, Madv.SOFT_OFFLINE):
            madvise_hwpoison(kernel, task, (start, start + length), advice)
            return
        if not _behavior_valid(kernel, advice):
            raise KernelError(Errno.EINVAL, f"this kernel knows no advice {advice}")
        if start % PAGE_SIZE:
            raise KernelError(Errno.EINVAL, f"{start:#x} is no multiple of the page size")
        end = start + page_align(length)
        if end >= 1 << 64 or length < 0:
            raise KernelError(Errno.EINVAL, "the range wraps around the end of the address space")
        if end > start:
            with mmap_sem(kernel, mm, "read" if advice in _READERS else "write", "sys_madvise"):
                _walk(kernel, task, mm, (start, end), advice)


def _behavior_valid(kernel: Kernel, advice: int) -> bool:
    """Does this kernel know the advice (madvise_behavior_valid)?"""
    features = kernel.features
    thp = features.transparent_hugepage and kernel.build.thp != "off"
    if advice == Madv.HUGEPAGE:
        return thp and features.madv_hugepage
    if advice == Madv.NOHUGEPAGE:
        return thp and features.madv_nohugepage
    return advice in NAMES


def _walk(kernel: Kernel, task: Task, mm: Mm, bounds: tuple[int, int], advice: int) -> None:
    start, end = bounds
    hole: int | None = None
    vma, prev = find_vma_prev(mm, start)
    if vma is not None and start > vma.start:
        prev = vma
    while True:
        if vma is None or vma.start >= end:
            raise KernelError(Errno.ENOMEM, f"nothing is mapped at {start if hole is None else hole:#x}")
        if start < vma.start:
            hole, start = start if hole is None else hole, vma.start
        stop = min(vma.end, end)
        prev = _madvise_vma(kernel, task, (vma, prev), (start, stop), advice)
        start = max(stop, prev.end) if prev is not None else stop
        if start >= end:
            break
        vma = next_vma(prev) if prev is not None else mm.find_vma(start)
    if hole is not None:
        raise KernelError(Errno.ENOMEM, f"nothing is mapped at {hole:#x}; the rest of the range got the advice")


def _madvise_vma(
    kernel: Kernel, task: Task, pair: tuple[Vma, Vma | None], part: tuple[int, int], advice: int
) -> Vma | None:
    """Apply advice to a part of one VMA; returns the VMA where the walk goes on, None to look it up again."""
    vma, _ = pair
    if advice == Madv.REMOVE:
        _madvise_remove(kernel, task, vma, part)
        return None
    if advice == Madv.WILLNEED:
        if vma.file is None:
            raise KernelError(Errno.EBADF, "anonymous memory cannot be read ahead")
        return vma
    if advice == Madv.DONTNEED:
        _madvise_dontneed(kernel, task, vma, part)
        return vma
    return madvise_behavior(kernel, task, pair, part, advice)


def _madvise_dontneed(kernel: Kernel, task: Task, vma: Vma, part: tuple[int, int]) -> None:
    """Throw pages away: whole huge pages go whole, a part of one splits it."""
    if vma.flags & (Vm.LOCKED | Vm.HUGETLB | Vm.PFNMAP):
        raise KernelError(Errno.EINVAL, f"the VMA at {vma.start:#x} is locked or special")
    zap_page_range(kernel, task, vma, part[0], part[1])


def _madvise_remove(kernel: Kernel, task: Task, vma: Vma, part: tuple[int, int]) -> None:
    """Punch a hole into shared memory; ENOSYS for files of a disk."""
    if vma.flags & (Vm.LOCKED | Vm.HUGETLB) or vma.file is None:
        raise KernelError(Errno.EINVAL, f"the VMA at {vma.start:#x} is locked or has no file")
    if vma.flags & (Vm.SHARED | Vm.WRITE) != Vm.SHARED | Vm.WRITE:
        raise KernelError(Errno.EACCES, f"the VMA at {vma.start:#x} is not shared and writable")
    if vma.file.kind is not FileKind.SHMEM:
        raise KernelError(Errno.ENOSYS, f"{vma.file.name} cannot have holes")
    first = vma.linear_page_index(part[0])
    shmem_truncate_range(kernel, task, vma.file, first, vma.linear_page_index(part[1]))
