"""The heap (mm/mmap.c: sys_brk, do_brk)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.mlock_pages import mlock_vma_pages_range
from thpsh.mm.mman import Map
from thpsh.mm.mmap_region import clear_old_maps
from thpsh.mm.munmap import do_munmap
from thpsh.mm.overcommit import vm_enough_memory
from thpsh.mm.unmapped_area import get_unmapped_area
from thpsh.mm.vma import check_map_count, find_vma_prev, may_expand_vm, vma_link
from thpsh.mm.vma_merge import Area, vma_merge
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE, page_align
from thpsh.structs.vma import Vm, Vma

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task


def set_brk(kernel: Kernel, task: Task, mm: Mm, new: int) -> int:
    """Move the end of the heap, if that is possible, and return where it is now; this call knows no errors.

    Only who is killed meanwhile hears of it.
    """
    if new < mm.start_brk:
        return mm.brk
    old_end, new_end = page_align(mm.brk), page_align(new)
    try:
        if new_end < old_end:
            do_munmap(kernel, task, mm, new_end, old_end - new_end)
        elif new_end > old_end:
            _grow(kernel, task, mm, old_end, new_end)
    except KernelError:
        if task.dead:
            raise
        return mm.brk
    kernel.own(mm)
    mm.brk = new
    return new


def _grow(kernel: Kernel, task: Task, mm: Mm, start: int, end: int) -> None:
    """Grow the heap unless something is mapped there or on the page after."""
    above = mm.find_vma(start)
    if above is not None and above.start < end + PAGE_SIZE:
        raise KernelError(Errno.ENOMEM, f"{above.start:#x} is mapped")
    do_brk(kernel, task, mm, start, end)


def do_brk(kernel: Kernel, task: Task, mm: Mm, start: int, end: int) -> None:
    """Map private anonymous memory at a fixed place: the heap, or the bss of a program.

    Where the heap below was inherited by fork and touched, its chain is longer than one link and a second VMA appears.
    """
    flags = Vm.DATA_DEFAULT | Vm.ACCOUNT | mm.def_flags
    get_unmapped_area(kernel, mm, start, end - start, Map.FIXED)
    clear_old_maps(kernel, task, mm, start, end)
    pages = (end - start) >> PAGE_SHIFT
    if not may_expand_vm(mm, pages):
        raise KernelError(Errno.ENOMEM, "RLIMIT_AS")
    check_map_count(kernel, mm, 0)
    vm_enough_memory(kernel, mm, pages)
    area = Area(start, end, flags, start >> PAGE_SHIFT)
    _, prev = find_vma_prev(mm, start)
    vma = vma_merge(kernel, task, mm, prev, area)
    if vma is None:
        vma = Vma(mm, start, end, flags, area.pgoff, epoch=kernel.epoch)
        vma_link(kernel, vma)
    kernel.own(mm)
    mm.total_vm += pages
    if flags & Vm.LOCKED:
        mm.locked_vm += pages - mlock_vma_pages_range(kernel, task, vma, start, end)
