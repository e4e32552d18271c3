"""Making the pages of a range present and marking them used (mm/memory.c: __get_user_pages, follow_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.activate import mark_page_accessed
from thpsh.mm.frames import frames_of
from thpsh.mm.memory.fault import handle_range
from thpsh.mm.slot_range import covered
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def wants_write(vma: Vma) -> bool:
    """Are the pages of a VMA made present by writing? In shared mappings that would dirty them for nothing."""
    return vma.flags & (Vm.WRITE | Vm.SHARED) == Vm.WRITE


def check_access(vma: Vma, needed: int) -> None:
    """EFAULT unless the VMA is ordinary memory and has one of the wanted access flags."""
    if vma.flags & (Vm.IO | Vm.PFNMAP) or not vma.flags & needed:
        raise KernelError(Errno.EFAULT, f"the mapping at {vma.start:#x} does not allow the access")


def get_user_pages(kernel: Kernel, task: Task, vma: Vma, start: int, end: int, *, write: bool) -> None:
    """Fault in what of [start, end) of one VMA is missing or write-protected, and mark all of it used (FOLL_TOUCH).

    Unlike an access by the process, the look-up itself sets no accessed or dirty bit in a page-table entry.
    """
    if vma.flags & Vm.HUGETLB:
        from thpsh.mm.hugetlb.gup import follow_hugetlb_page  # few hosts have a pool

        kernel.clock.spend((end - start >> PAGE_SHIFT) * kernel.cost.pte)
        follow_hugetlb_page(kernel, task, vma, start, end, write=write)
        return
    kernel.clock.spend((end - start >> PAGE_SHIFT) * kernel.cost.pte)
    kept = list(_accessible(vma, start, end, write=write))
    handle_range(kernel, task, vma, start, end, write)
    for table, mask, young, dirty in kept:
        kernel.own(table)
        table.young = table.young & ~mask | young
        table.dirty = table.dirty & ~mask | dirty
    touch_pages(kernel, vma, start, end, write=write)


def _accessible(vma: Vma, start: int, end: int, *, write: bool) -> Iterator[tuple[PageTable, int, int, int]]:
    """The page tables with entries that need no fault: these entries, and which of them are young and dirty."""
    for slot, mask in covered(start, end, vma.mm):
        table = vma.mm.pmds[slot]
        if isinstance(table, PageTable):
            ready = mask & (table.writable if write else table.present)
            if ready:
                yield table, ready, table.young & ready, table.dirty & ready


def touch_pages(kernel: Kernel, vma: Vma, start: int, end: int, *, write: bool) -> None:
    """Mark the present pages of a range as used: small ones by flag, huge ones in their PMD."""
    for slot, mask in covered(start, end, vma.mm):
        entry = vma.mm.pmds[slot]
        if isinstance(entry, HugePmd):
            kernel.own(entry)
            entry.young = entry.dirty = True
            continue
        for block, frames in small_frames(kernel, entry, mask):
            mark_page_accessed(kernel, block, frames)
        if write:
            for block, frames in small_frames(kernel, entry, mask & ~entry.dirty):
                kernel.own(block)
                block.dirty |= frames


def small_frames(kernel: Kernel, table: PageTable, mask: int) -> list[tuple[Pageblock, int]]:
    """The frames behind present pages, the zero page left out, as masks by pageblock."""
    return frames_of(kernel, table, mask & table.present & ~table.special)


def make_pages_present(kernel: Kernel, task: Task, vma: Vma, start: int, end: int) -> None:
    """MAP_POPULATE: fault in a fresh mapping; one that may not be accessed stays as it is."""
    if vma.flags & (Vm.READ | Vm.WRITE) and not vma.flags & (Vm.IO | Vm.PFNMAP):
        get_user_pages(kernel, task, vma, start, end, write=wants_write(vma))
