"""Registration of processes with khugepaged (mm/huge_memory.c: __khugepaged_enter, __khugepaged_exit)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.huge_memory.policy import huge_range, khugepaged_eligible
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import KhugepagedEnter

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.vma import Vma


def register(kernel: Kernel, mm: Mm) -> None:
    """Put a process at the end of the scan list; the first one wakes the thread (__khugepaged_enter)."""
    if mm.khugepaged or not kernel.features.khugepaged:
        return
    daemon = kernel.khugepaged
    kernel.own(mm)
    kernel.own(daemon)
    mm.khugepaged = True
    if not daemon.mms:
        daemon.woken = True
    daemon.mms[mm] = None
    kernel.trace.emit(KhugepagedEnter(mm.number, len(daemon.mms)))


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
    """Take a process off the scan list; the cursor moves on to the next."""
    if not mm.khugepaged:
        return
    daemon = kernel.khugepaged
    kernel.own(mm)
    kernel.own(daemon)
    mm.khugepaged = False
    if daemon.cursor_mm is mm:
        mms = list(daemon.mms)
        after = mms.index(mm) + 1
        daemon.cursor_mm = mms[after] if after < len(mms) else None
        daemon.cursor_address = 0
    daemon.mms.pop(mm, None)
