"""References to pages taken from outside: get_user_pages (mm/memory.c, arch/x86/mm/gup.c).

A pinned page cannot be freed, collapsed or reused for a copy; a huge page may be split all the same, each reference
staying with its own sub-page.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.follow import check_access, get_user_pages, small_frames
from thpsh.mm.hugetlb.no_page import NoHugePage
from thpsh.mm.locks import mmap_sem
from thpsh.mm.memory.nonpresent import PoisonedPage
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.pins import get_pages, put_pages, unpin_all
from thpsh.mm.slot_range import pages_in
from thpsh.mm.stack import GuardPage, expand_stack
from thpsh.mm.vma import mm_of
from thpsh.record import record
from thpsh.structs.hugetlb import HugetlbPte
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE, PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

    Taker = Callable[[Iterable[tuple[Pageblock, int]]], None]


@record(frozen=True)
class PinReport:
    """How far get_user_pages came: fewer pages than asked for when it met a hole."""

    wanted: int
    pages: int


def pin(kernel: Kernel, task: Task, start: int, length: int, *, write: bool = False) -> PinReport:
    """Take a reference to every page of a range, as vmsplice does; EFAULT if not even the first can be had."""
    return take_user_pages(
        kernel, task, (start, length), "get_user_pages", partial(get_pages, kernel, task), write=write
    )


def take_user_pages(
    kernel: Kernel, task: Task, bounds: tuple[int, int], name: str, take: Taker, *, write: bool
) -> PinReport:
    """Look up every page of a range and hand it to `take`, part by part; EFAULT if not even the first can be had.

    What is missing is faulted in; for writing, shared pages are copied first. Pages that are there already are taken
    without looking at their page-table entries' accessed bits (get_user_pages_fast).
    """
    start, length = bounds
    mm = mm_of(task)
    first = start & -PAGE_SIZE
    last = (start + length + PAGE_SIZE - 1) & -PAGE_SIZE
    with kernel.trace.cause(Syscall(task.pid, name, start, length, "write" if write else "read")):
        kernel.clock.spend(kernel.cost.syscall)
        address = _take_fast(kernel, mm, (first, last), take, write=write)
        stop = last
        while address < stop:
            try:
                vma = _find_extend_vma(kernel, mm, address)
                check_access(vma, Vm.WRITE if write else Vm.READ)
            except KernelError:
                if address == first:
                    raise
                break
            end = min(last, vma.end)
            try:
                retry_after_oom(kernel, task, partial(_get_slowly, kernel, task, vma, (address, end), write))
            except (PoisonedPage, NoHugePage, GuardPage) as error:
                end = stop = error.address
                if end == first:
                    raise
            if end > address:
                take(_pages(kernel, mm, address, end))
            address = end
    return PinReport((last - first) >> PAGE_SHIFT, (address - first) >> PAGE_SHIFT)


def _get_slowly(kernel: Kernel, task: Task, vma: Vma, part: tuple[int, int], write: bool) -> None:
    """Fault pages in; only this part of get_user_pages_fast takes mmap_sem."""
    with mmap_sem(kernel, vma.mm, "read", "get_user_pages_fast"):
        get_user_pages(kernel, task, vma, *part, write=write)


def _find_extend_vma(kernel: Kernel, mm: Mm, address: int) -> Vma:
    """The VMA at an address; a stack above it grows."""
    vma = mm.find_vma(address)
    if vma is None or (vma.start > address and not (vma.flags & Vm.GROWSDOWN and expand_stack(kernel, vma, address))):
        raise KernelError(Errno.EFAULT, f"nothing is mapped at {address:#x}")
    return vma


def _take_fast(kernel: Kernel, mm: Mm, bounds: tuple[int, int], take: Taker, *, write: bool) -> int:
    """Take present pages up to the first that is missing, write-protected or the zero page; returns its address."""
    address, last = bounds
    while address < last:
        end = min(last, (address | (HPAGE_SIZE - 1)) + 1)
        stop = _ready_until(mm, address, end, write=write)
        kernel.clock.spend((stop - address >> PAGE_SHIFT) * kernel.cost.pte)
        taken = list(_pages(kernel, mm, address, stop)) if stop > address else []
        take(taken)
        if kernel.features.secondary_young:
            for block, mask in taken:
                kernel.own(block)
                block.referenced |= 1 if block.huge or block.index in kernel.hugetlb.pages else mask
        address = stop
        if stop < end:
            break
    return address


def _ready_until(mm: Mm, address: int, end: int, *, write: bool) -> int:
    """Where, inside one slot, the first page lies that the fast way cannot take."""
    slot = address >> HPAGE_SHIFT
    entry = mm.pmds.get(slot) or mm.hugetlb.get(slot)
    if entry is None:
        return address
    if not isinstance(entry, PageTable):
        return end if entry.writable or not write else address
    missing = pages_in(slot, address, end) & ~(entry.writable if write else entry.present & ~entry.special)
    if not missing:
        return end
    return (slot << HPAGE_SHIFT) + ((missing & -missing).bit_length() - 1 << PAGE_SHIFT)


def _pages(kernel: Kernel, mm: Mm, start: int, end: int) -> Iterator[tuple[Pageblock, int]]:
    """The frames mapped in a range, the zero page left out, as masks by pageblock."""
    for slot in range(start >> HPAGE_SHIFT, (end - 1 >> HPAGE_SHIFT) + 1):
        entry = mm.pmds.get(slot) or mm.hugetlb.get(slot)
        mask = pages_in(slot, start, end)
        if isinstance(entry, HugePmd):
            yield entry.block, mask
        elif isinstance(entry, HugetlbPte):
            yield entry.page.block, mask
        elif entry is not None:
            yield from small_frames(kernel, entry, mask)


def unpin(kernel: Kernel, task: Task, start: int | None = None, length: int = 0) -> int:
    """Drop references of a process: to the pages that a range maps now, or all of them; returns how many."""
    kernel.clock.spend(kernel.cost.syscall)
    if start is None:
        return unpin_all(kernel, task)
    return put_pages(kernel, task, _pages(kernel, mm_of(task), start & -PAGE_SIZE, start + max(length, 1)))
