"""Registration of processes with khugepaged (mm/huge_memory.c: __khugepaged_enter, __khugepaged_exit)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.huge_memory.policy import huge_range, khugepaged_eligible
from thpsh.mm.locks import KHUGEPAGED_MM_LOCK, acquire, held, mmap_sem, release
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import KhugepagedEnter

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.vma import Vma


_EXIT: Final = "__khugepaged_exit"


def register(kernel: Kernel, mm: Mm) -> None:
    """Put a process at the end of the scan list; the first one wakes the thread (__khugepaged_enter)."""
    if mm.khugepaged or not kernel.features.khugepaged:
        return
    daemon = kernel.khugepaged
    kernel.own(mm)
    kernel.own(daemon)
    mm.khugepaged = True
    last = daemon.last_mm
    mm.slot_prev = last
    if last is None:
        daemon.first_mm = mm
        daemon.woken = True
    else:
        kernel.own(last)
        last.slot_next = mm
    daemon.last_mm = mm
    daemon.nr_mms += 1
    with held(kernel, KHUGEPAGED_MM_LOCK, "", "__khugepaged_enter"):
        pass
    kernel.trace.emit(KhugepagedEnter(mm.number, daemon.nr_mms))


def khugepaged_enter(kernel: Kernel, vma: Vma) -> None:
    """Register the process of a VMA if the policy wants its huge pages; a fault or MADV_HUGEPAGE asks."""
    if not vma.mm.khugepaged and khugepaged_eligible(kernel, vma):
        register(kernel, vma.mm)


def khugepaged_enter_vma_merge(kernel: Kernel, vma: Vma) -> None:
    """The same when a VMA grew: not before its first fault, and only where a huge page has room."""
    if vma.anon_vma is None or vma.has_ops:
        return
    if not kernel.features.devzero_private and vma.file is not None:
        return
    if vma.flags & Vm.NO_THP:
        return
    first, last = huge_range(vma)
    if first < last:
        khugepaged_enter(kernel, vma)


def khugepaged_exit(kernel: Kernel, mm: Mm) -> None:
    """Take a process that ends off the scan list; one at the cursor stays until the thread meets it.

    The lock of the list is given back once, since commit 1, where each of three branches did it before. The third, for
    a process without a slot, is never met: who is not registered does not come here at all.
    """
    if not mm.khugepaged:
        return
    common = kernel.features.exit_single_unlock
    acquire(kernel, KHUGEPAGED_MM_LOCK, "", _EXIT)
    scanned = kernel.khugepaged.cursor_mm is mm
    branch = "being scanned" if scanned else "registered"
    release(kernel, KHUGEPAGED_MM_LOCK, "", _EXIT if common else f"{_EXIT}, branch: {branch}")
    if scanned:
        with mmap_sem(kernel, mm, "write", _EXIT):
            pass
    else:
        free_mm_slot(kernel, mm)


def free_mm_slot(kernel: Kernel, mm: Mm) -> None:
    """Take an address space off the scan list."""
    daemon = kernel.khugepaged
    kernel.own(mm)
    kernel.own(daemon)
    before, after = mm.slot_prev, mm.slot_next
    if before is None:
        daemon.first_mm = after
    else:
        kernel.own(before)
        before.slot_next = after
    if after is None:
        daemon.last_mm = before
    else:
        kernel.own(after)
        after.slot_prev = before
    mm.slot_prev = mm.slot_next = None
    daemon.nr_mms -= 1
    mm.khugepaged = False
    mm.looks = {}


def collect_mm_slot(kernel: Kernel, mm: Mm) -> None:
    """Free the slot of an address space that nobody uses any more (collect_mm_slot)."""
    if not mm.users:
        free_mm_slot(kernel, mm)


def khugepaged_has_work(kernel: Kernel) -> bool:
    """Is anybody registered, and may the thread work?"""
    return kernel.khugepaged.first_mm is not None and kernel.thp.enabled
