"""Advice that changes flags of VMAs (mm/madvise.c: madvise_behavior; hugepage_madvise, ksm_madvise)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.huge_memory.mm_slot import khugepaged_enter_vma_merge
from thpsh.mm.ksm.slots import ksm_enter
from thpsh.mm.ksm.unmerge import break_ksm
from thpsh.mm.mman import Madv
from thpsh.mm.vma_adjust import split_vma
from thpsh.mm.vma_merge import part_of, vma_merge
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

# Advice that only clears some flags and sets others: (clear, set).
_PLAIN: Final = {
    Madv.NORMAL: (Vm.RAND_READ | Vm.SEQ_READ, 0),
    Madv.SEQUENTIAL: (Vm.RAND_READ, Vm.SEQ_READ),
    Madv.RANDOM: (Vm.SEQ_READ, Vm.RAND_READ),
    Madv.DONTFORK: (0, Vm.DONTCOPY),
    Madv.DOFORK: (Vm.DONTCOPY, 0),
}

_NAMES: Final = {
    Vm.SHARED: "shared",
    Vm.MAYSHARE: "of a shared mapping",
    Vm.IO: "device memory",
    Vm.PFNMAP: "device memory",
    Vm.DONTEXPAND: "a special mapping",
    Vm.RESERVED: "reserved",
    Vm.HUGETLB: "of hugetlbfs",
}


def madvise_behavior(
    kernel: Kernel, task: Task, pair: tuple[Vma, Vma | None], part: tuple[int, int], advice: int
) -> Vma:
    """Change the flags of a part of a VMA, merging or cutting; returns the VMA that holds it then.

    `pair` is the VMA and the one before it. What ENOMEM would be is EAGAIN here.
    """
    vma, prev = pair
    start, end = part
    flags = _new_flags(kernel, vma, advice, part)
    if flags == vma.flags:
        return vma
    merged = vma_merge(kernel, task, vma.mm, prev, part_of(vma, start, end, flags))
    if merged is not None:
        vma = merged
    else:
        try:
            if start != vma.start:
                split_vma(kernel, task, vma, start, new_below=True)
            if end != vma.end:
                split_vma(kernel, task, vma, end, new_below=False)
        except KernelError as error:
            errno = Errno.EAGAIN if error.errno is Errno.ENOMEM else error.errno
            raise KernelError(errno, error.why) from error
    kernel.own(vma)
    vma.flags = flags
    if advice == Madv.HUGEPAGE and kernel.intended.advice_registers:
        khugepaged_enter_vma_merge(kernel, vma)
    return vma


def _new_flags(kernel: Kernel, vma: Vma, advice: int, part: tuple[int, int]) -> int:
    if advice in (Madv.HUGEPAGE, Madv.NOHUGEPAGE):
        return _hugepage_madvise(kernel, vma, advice)
    if advice in (Madv.MERGEABLE, Madv.UNMERGEABLE):
        return _ksm_madvise(kernel, vma, advice, part)
    if advice == Madv.DOFORK and vma.flags & Vm.IO:
        raise KernelError(Errno.EINVAL, "device memory stays out of children")
    clear, add = _PLAIN[advice]
    return vma.flags & ~clear | add


def _hugepage_madvise(kernel: Kernel, vma: Vma, advice: int) -> int:
    """VM_HUGEPAGE or VM_NOHUGEPAGE; giving the same advice twice is an error, and so is any on shared memory.

    The process is registered with khugepaged by the VMA's old flags: under `madvise` its first hint does not count.
    """
    wanted, other = (Vm.HUGEPAGE, Vm.NOHUGEPAGE) if advice == Madv.HUGEPAGE else (Vm.NOHUGEPAGE, Vm.HUGEPAGE)
    if vma.flags & wanted:
        name = "MADV_HUGEPAGE" if wanted == Vm.HUGEPAGE else "MADV_NOHUGEPAGE"
        raise KernelError(Errno.EINVAL, f"the VMA at {vma.start:#x} already has {name}; repeating it is an error")
    if vma.flags & Vm.NO_THP:
        kind = next((name for flag, name in _NAMES.items() if vma.flags & flag), "special")
        raise KernelError(Errno.EINVAL, f"the VMA at {vma.start:#x} is {kind}: it never has huge pages")
    if advice == Madv.HUGEPAGE and kernel.features.khugepaged_madvise_aware:
        khugepaged_enter_vma_merge(kernel, vma)
    return vma.flags & ~other | wanted


def _ksm_madvise(kernel: Kernel, vma: Vma, advice: int, part: tuple[int, int]) -> int:
    """VM_MERGEABLE; where it makes no sense the advice is ignored. Without it, merged pages are copied at once."""
    if advice == Madv.UNMERGEABLE:
        if vma.flags & Vm.MERGEABLE and vma.anon_vma is not None:
            unmerge_ksm_pages(kernel, vma, *part)
        return vma.flags & ~Vm.MERGEABLE
    if vma.flags & (Vm.NO_THP | Vm.MERGEABLE):
        return vma.flags
    ksm_enter(kernel, vma.mm)
    return vma.flags | Vm.MERGEABLE


def unmerge_ksm_pages(kernel: Kernel, vma: Vma, start: int, end: int) -> None:
    """Copy the merged pages of a range; EAGAIN when memory ends."""
    try:
        break_ksm(kernel, vma, start, end)
    except KernelError as error:
        raise KernelError(Errno.EAGAIN, error.why) from error
