"""Taking mappings away, wholly or in part (mm/mmap.c: do_munmap, exit_mmap)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.memory.zap import unmap_region
from thpsh.mm.mlock_pages import munlock_vma_pages_range
from thpsh.mm.overcommit import vm_unacct_memory
from thpsh.mm.shmem import shmem_close
from thpsh.mm.unmapped_area import arch_unmap_area, grows_up
from thpsh.mm.vma import check_map_count, vm_stat_account
from thpsh.mm.vma_adjust import split_vma_unchecked
from thpsh.structs.page import PAGE_SIZE, TASK_SIZE, page_align
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def do_munmap(kernel: Kernel, task: Task, mm: Mm, start: int, length: int) -> None:
    """Unmap a range; nothing happens where nothing is mapped.

    A huge page that an end of the range cuts is split; the others go whole.
    """
    if start % PAGE_SIZE:
        raise KernelError(Errno.EINVAL, f"{start:#x} is no page boundary")
    if not 0 <= start <= TASK_SIZE or length > TASK_SIZE - start:
        raise KernelError(Errno.EINVAL, f"the range leaves user space, which ends at {TASK_SIZE:#x}")
    length = page_align(length)
    if length <= 0:
        raise KernelError(Errno.EINVAL, "the length is 0")
    end = start + length
    place = mm.find(start)
    if place == len(mm.vmas) or mm.vmas[place].start >= end:
        return
    _cut(kernel, task, mm.vmas[place], start, end)
    first, last = mm.find(start), mm.find(end)
    vmas = mm.vmas[first:last]
    if mm.locked_vm:
        _munlock(kernel, task, vmas)
    _detach(kernel, mm, first, last)
    floor = mm.vmas[first - 1].end if first else 0
    ceiling = mm.vmas[first].start if first < len(mm.vmas) else 0
    unmap_region(kernel, task, vmas, (start, end, floor, ceiling))
    _remove_vma_list(kernel, task, vmas)


def _cut(kernel: Kernel, task: Task, vma: Vma, start: int, end: int) -> None:
    """Make both ends of the range VMA boundaries; only punching a hole can exceed max_map_count."""
    mm = vma.mm
    if start > vma.start:
        if end < vma.end:
            check_map_count(kernel, mm, 1)
        split_vma_unchecked(kernel, task, vma, start, new_below=False)
    last = mm.vma_at(end)
    if last is not None and end > last.start:
        split_vma_unchecked(kernel, task, last, end, new_below=True)


def _munlock(kernel: Kernel, task: Task, vmas: list[Vma]) -> None:
    for vma in vmas:
        if vma.flags & Vm.LOCKED:
            kernel.own(vma.mm)
            vma.mm.locked_vm -= vma.nr_pages
            munlock_vma_pages_range(kernel, task, vma, vma.start, vma.end)


def _detach(kernel: Kernel, mm: Mm, first: int, last: int) -> None:
    """Take VMAs off the list and tell the search for free areas (detach_vmas_to_be_unmapped)."""
    kernel.own(mm)
    del mm.vmas[first:last]
    del mm.starts[first:last]
    kernel.own(kernel.slab)
    kernel.slab.vmas -= last - first
    if grows_up(mm):
        hole = mm.vmas[first - 1].end if first else mm.mmap_base
    else:
        hole = mm.vmas[first].start if first < len(mm.vmas) else mm.mmap_base
    arch_unmap_area(kernel, mm, hole)


def _remove_vma_list(kernel: Kernel, task: Task, vmas: list[Vma]) -> None:
    """Take VMAs that are unmapped off all accounts."""
    mm = vmas[0].mm
    kernel.own(mm)
    mm.hiwater_vm = max(mm.hiwater_vm, mm.total_vm)
    for vma in vmas:
        pages = vma.nr_pages
        mm.total_vm -= pages
        vm_stat_account(kernel, mm, vma.flags, vma.file, -pages)
        if vma.flags & Vm.ACCOUNT:
            vm_unacct_memory(kernel, mm, pages)
        shmem_close(kernel, task.cpu, vma)
        if vma.flags & Vm.HUGETLB:
            from thpsh.mm.hugetlb.file import hugetlb_close

            hugetlb_close(kernel, vma)
    kernel.clock.spend(kernel.cost.vma * len(vmas))


def exit_mmap(kernel: Kernel, task: Task, mm: Mm) -> None:
    """Unmap all of an address space whose last user is gone; huge pages go whole, and no split is counted."""
    vmas = list(mm.vmas)
    if not vmas:
        return
    if mm.locked_vm:
        _munlock(kernel, task, vmas)
    kernel.own(mm)
    mm.vmas.clear()
    mm.starts.clear()
    kernel.own(kernel.slab)
    kernel.slab.vmas -= len(vmas)
    unmap_region(kernel, task, vmas, (0, TASK_SIZE, 0, 0))
    _remove_vma_list(kernel, task, vmas)
