"""MADV_HWPOISON, MADV_SOFT_OFFLINE: a range fails, or goes out of use, page by page (mm/madvise.c)."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.follow import check_access, get_user_pages
from thpsh.mm.frames import frame_at
from thpsh.mm.memory_failure import Taken, memory_failure, page_of
from thpsh.mm.mman import Madv
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.pins import get_page
from thpsh.mm.soft_offline import soft_offline_page
from thpsh.mm.vma import mm_of
from thpsh.structs.bits import PAGES
from thpsh.structs.hugetlb import HugetlbPte
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, PAGE_SIZE, ZERO_PFN
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm
from thpsh.trace.events.memory_failure import SoftOfflineFailed
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

    The start need not be aligned, and no length at all is success. What becomes of a page shows in the kernel log only;
    one that cannot be taken out of use ends the walk, but the call succeeds all the same: 3.0 loses the error.
    """
    for address in range(bounds[0], bounds[1], PAGE_SIZE):
        block, frame = _get_user_page(kernel, task, address & -PAGE_SIZE)
        get_page(kernel, block, frame)
        pfn = block.start_pfn + frame
        if advice == Madv.HWPOISON:
            kernel.trace.emit(Printk(f"Injecting memory failure for page {pfn:x} at {address:x}"))
            with suppress(KernelError):
                memory_failure(kernel, task.cpu, pfn, Taken.PAGE)
            continue
        kernel.trace.emit(Printk(f"Soft offlining page {pfn:x} at {address:x}"))
        try:
            soft_offline_page(kernel, task.cpu, pfn, Taken.PAGE)
        except KernelError as error:
            kernel.trace.emit(SoftOfflineFailed(pfn, error.errno.name, error.why))
            return


def _get_user_page(kernel: Kernel, task: Task, address: int) -> Place:
    """The page at an address (get_user_pages_fast for reading)."""
    mm = mm_of(task)
    vma = mm.vma_at(address)
    if vma is None:
        raise KernelError(Errno.EFAULT, f"nothing is mapped at {address:#x}")
    place = _lookup(kernel, mm, address) if vma.flags & Vm.ACCESS else None
    if place is None:
        check_access(vma, Vm.READ)
        get = partial(get_user_pages, kernel, task, vma, address, address + PAGE_SIZE, write=False)
        retry_after_oom(kernel, task, get)
        return _lookup(kernel, mm, address) or page_of(kernel, ZERO_PFN)
    if kernel.features.secondary_young:
        block, frame = place
        kernel.own(block)
        block.referenced |= 1 if block.huge or vma.flags & Vm.HUGETLB else 1 << frame
    return place


def _lookup(kernel: Kernel, mm: Mm, address: int) -> Place | None:
    """The frame mapped at an address; None where there is no page or the zero page."""
    entry = mm.pmds.get(address >> HPAGE_SHIFT) or mm.hugetlb.get(address >> HPAGE_SHIFT)
    page = address >> PAGE_SHIFT & PAGES - 1
    if isinstance(entry, HugetlbPte):
        return entry.page.block, page
    if isinstance(entry, HugePmd):
        return entry.block, page
    if entry is None or not (entry.present & ~entry.special) >> page & 1:
        return None
    return frame_at(kernel, entry, page)
