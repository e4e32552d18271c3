"""Locking and unlocking the pages of a range of one VMA (mm/mlock.c: mlock_vma_pages_range)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import KernelError
from thpsh.mm.follow import check_access, get_user_pages, make_pages_present, small_frames, wants_write
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.pagevec import lru_add_drain
from thpsh.mm.slot_range import covered
from thpsh.mm.stack import guard_page
from thpsh.mm.unevictable import mlock_vma_page, munlock_vma_page
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def populate_locked(kernel: Kernel, task: Task, vma: Vma, start: int, end: int) -> None:
    """Fault in a range of a locked VMA and lock its small pages; EFAULT under PROT_NONE.

    Huge pages that were there already are only marked used: reclaim locks them when it meets them. The guard page of a
    stack is left out.
    """
    check_access(vma, Vm.ACCESS)
    if guard_page(vma, start):
        start += PAGE_SIZE
    if start >= end:
        return
    get_user_pages(kernel, task, vma, start, end, write=wants_write(vma))
    if not vma.flags & Vm.LOCKED:
        return
    lru_add_drain(kernel, task.cpu)
    for slot, mask in covered(start, end, vma.mm):
        entry = vma.mm.pmds[slot]
        if not isinstance(entry, HugePmd):
            for block, frames in small_frames(kernel, entry, mask):
                mlock_vma_page(kernel, block, frames)


def mlock_vma_pages_range(kernel: Kernel, task: Task, vma: Vma, start: int, end: int) -> int:
    """Lock a new part of a locked VMA; returns how many of its pages do not count as locked after all.

    Raises EINTR where the process itself is killed because memory ends.
    """
    if vma.flags & (Vm.SPECIAL | Vm.HUGETLB):
        make_pages_present(kernel, task, vma, start, end)
        kernel.own(vma)
        vma.flags &= ~Vm.LOCKED
        return (end - start) >> PAGE_SHIFT
    try:
        retry_after_oom(kernel, task, partial(populate_locked, kernel, task, vma, start, end))
    except KernelError:  # brk and mremap hide errors; what is missing comes with a fault
        if task.dead:
            raise
    return 0


def munlock_vma_pages_range(kernel: Kernel, task: Task, vma: Vma, start: int, end: int) -> None:
    """Clear VM_LOCKED and unlock the pages of a range."""
    lru_add_drain(kernel, task.cpu)
    kernel.own(vma)
    vma.flags &= ~Vm.LOCKED
    kernel.clock.spend((end - start >> PAGE_SHIFT) * kernel.cost.pte)
    for slot, mask in covered(start, end, vma.mm):
        entry = vma.mm.pmds[slot]
        if isinstance(entry, HugePmd):
            munlock_vma_page(kernel, task.cpu, entry.block, 1)
        else:
            for block, frames in small_frames(kernel, entry, mask):
                munlock_vma_page(kernel, task.cpu, block, frames)
