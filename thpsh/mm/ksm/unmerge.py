"""Making merged pages separate again (mm/ksm.c: break_ksm, unmerge_ksm_pages, unmerge_and_remove_all_rmap_items)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.frames import pieces
from thpsh.mm.ksm.items import forget_items
from thpsh.mm.ksm.slots import leave
from thpsh.mm.memory.vmf import FaultTally, Vmf
from thpsh.mm.memory.wp import do_wp_pages
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.slot_range import covered
from thpsh.structs.bits import shifted
from thpsh.structs.ksm import RUN_MERGE, RUN_STOP, RUN_UNMERGE
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.ksm import KsmUnmerge

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def break_ksm(kernel: Kernel, vma: Vma, start: int, end: int) -> int:
    """Copy the merged pages of a range, as a write to each would; returns how many. ENOMEM when memory ends."""
    task = _task_of(kernel, vma.mm)
    if task is None:
        return 0
    count = 0
    kernel.own(task)
    faults = task.min_flt, task.maj_flt  # no process faulted here: the kernel's own faults are not counted for it
    try:
        for slot, mask in covered(start, end, vma.mm):
            table = vma.mm.pmds[slot]
            if isinstance(table, HugePmd):
                continue
            merged = merged_pages(kernel, table, mask)
            if merged:
                do_wp_pages(Vmf(kernel, task, vma, True, FaultTally()), slot, table, merged)
                count += merged.bit_count()
    except OutOfMemory:
        raise KernelError(Errno.ENOMEM, "no memory for the copies of merged pages") from None
    finally:
        task.min_flt, task.maj_flt = faults
    if count:
        kernel.trace.emit(KsmUnmerge(vma.mm.number, start, end, count))
    return count


def merged_pages(kernel: Kernel, table: PageTable, mask: int) -> int:
    """The pages of a mask that are merged ones."""
    found = 0
    for pages, block, shift in pieces(kernel, table, mask & table.present & ~table.special):
        found |= shifted(ksm_pages(block), -shift) & pages
    return found


def _task_of(kernel: Kernel, mm: Mm) -> Task | None:
    return next((task for task in kernel.tasks.values() if task.mm is mm), None)


def set_run(kernel: Kernel, value: int) -> None:
    """A write to `run`: 1 lets ksmd go, 0 stops it, 2 stops it and undoes all merging."""
    ksm = kernel.ksm
    if ksm.run != value:
        kernel.own(ksm)
        ksm.run = value
        if value & RUN_UNMERGE:
            _unmerge_all(kernel)
    if value & RUN_MERGE:
        kernel.own(ksm)
        ksm.wake_at = max(ksm.wake_at, kernel.clock.moment)


def _unmerge_all(kernel: Kernel) -> None:
    """Copy every merged page and forget everything but the list of processes; full_scans begins at 0 again."""
    ksm = kernel.ksm
    ksm.cursor_mm = ksm.mms[0] if ksm.mms else None
    try:
        for mm in list(ksm.mms):
            _unmerge_mm(kernel, mm)
    except KernelError:
        ksm.run = RUN_STOP
        raise
    finally:
        ksm.cursor_mm, ksm.cursor_address = None, 0
    ksm.full_scans = 0


def _unmerge_mm(kernel: Kernel, mm: Mm) -> None:
    for vma in mm.vmas if mm.users else ():
        if vma.flags & Vm.MERGEABLE and vma.anon_vma is not None:
            break_ksm(kernel, vma, vma.start, vma.end)
    forget_items(kernel, mm, 0)
    if not mm.users:
        leave(kernel, mm)
