"""MADV_HWPOISON, MADV_SOFT_OFFLINE: a range fails, or goes out of use, page by page (mm/madvise.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.follow import check_access, get_user_pages
from thpsh.mm.frames import frame_at
from thpsh.mm.memory_failure import memory_failure, memory_failure_zero_page
from thpsh.mm.mman import Madv
from thpsh.mm.soft_offline import soft_offline_page, soft_offline_zero_page
from thpsh.mm.vma import mm_of
from thpsh.structs.bits import PAGES
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, PAGE_SIZE, ZERO_PFN
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task

Place = tuple["Pageblock", int]
"""A pageblock and the number of a frame in it."""


def madvise_hwpoison(kernel: Kernel, task: Task, bounds: tuple[int, int], advice: int) -> None:
    """Let every page of a range fail or go out of use; an untouched one is read first, and is then the zero page.

    The start need not be aligned, and no length at all is success. What becomes of a page shows in the kernel log only.
    """
    for address in range(bounds[0], bounds[1], PAGE_SIZE):
        place = _get_page(kernel, task, address & -PAGE_SIZE)
        if advice == Madv.HWPOISON:
            _inject(kernel, task, place, address)
        elif not _offline(kernel, task, place, address):
            return


def _offline(kernel: Kernel, task: Task, place: Place | None, address: int) -> bool:
    """Take a page out of use; a failure ends the walk, but the call succeeds all the same: 3.0 loses the error."""
    pfn = ZERO_PFN if place is None else place[0].start_pfn + place[1]
    kernel.trace.emit(Printk(f"Soft offlining page {pfn:x} at {address:x}"))
    if place is not None:
        return soft_offline_page(kernel, task.cpu, *place)
    soft_offline_zero_page(kernel)
    return False


def _inject(kernel: Kernel, task: Task, place: Place | None, address: int) -> None:
    pfn = ZERO_PFN if place is None else place[0].start_pfn + place[1]
    kernel.trace.emit(Printk(f"Injecting memory failure for page {pfn:x} at {address:x}"))
    if place is None:
        memory_failure_zero_page(kernel, pfn)
    else:
        memory_failure(kernel, task.cpu, *place)


def _get_page(kernel: Kernel, task: Task, address: int) -> Place | None:
    """The page at an address, None for the zero page (get_user_pages_fast for reading)."""
    mm = mm_of(task)
    vma = mm.vma_at(address)
    if vma is None:
        raise KernelError(Errno.EFAULT, f"nothing is mapped at {address:#x}")
    if vma.flags & Vm.HUGETLB:
        raise KernelError(Errno.EOPNOTSUPP, "errors in pages of hugetlbfs are not part of this emulator")
    place = _lookup(kernel, mm, address) if vma.flags & Vm.ACCESS else None
    if place is None:
        check_access(vma, Vm.READ)
        get_user_pages(kernel, task, vma, address, address + PAGE_SIZE, write=False)
        return _lookup(kernel, mm, address)
    if kernel.features.secondary_young:
        block, frame = place
        kernel.own(block)
        block.referenced |= 1 if block.huge else 1 << frame
    return place


def _lookup(kernel: Kernel, mm: Mm, address: int) -> Place | None:
    """The frame mapped at an address; None where there is no page or the zero page."""
    entry = mm.pmds.get(address >> HPAGE_SHIFT)
    page = address >> PAGE_SHIFT & PAGES - 1
    if isinstance(entry, HugePmd):
        return entry.block, page
    if entry is None or not (entry.present & ~entry.special) >> page & 1:
        return None
    return frame_at(kernel, entry, page)
