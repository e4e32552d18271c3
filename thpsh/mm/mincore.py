"""The system call mincore (mm/mincore.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.filemap import cached_pages, in_slot
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.locks import syscall
from thpsh.mm.page_rmap import slot_index
from thpsh.mm.slot_range import pages_in
from thpsh.mm.swap_state import cached_frame
from thpsh.mm.vma import mm_of, next_vma
from thpsh.record import record
from thpsh.structs.bits import PAGES
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, PAGE_SIZE, TASK_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.structs.swap_entry import non_swap_entry
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


@record(frozen=True)
class MincoreReport:
    """Which pages of a range are in memory: per slot of 2 MiB a mask of its 512 pages, cut to the range."""

    start: int
    pages: int
    masks: dict[int, int]  # address >> 21 -> resident pages; slots without any are left out

    @property
    def resident(self) -> int:
        """How many pages are in memory."""
        return sum(mask.bit_count() for mask in self.masks.values())

    def __getitem__(self, page: int) -> bool:
        place = (self.start >> PAGE_SHIFT) + page
        if not 0 <= page < self.pages:
            raise IndexError(page)
        return bool(self.masks.get(place // PAGES, 0) >> place % PAGES & 1)


def mincore(kernel: Kernel, task: Task, start: int, length: int) -> MincoreReport:
    """Tell which pages of a range are in memory; ENOMEM when any of it is not mapped."""
    mm = mm_of(task)
    with syscall(kernel, mm, Syscall(task.pid, "mincore", start, length), "read"):
        kernel.clock.spend(kernel.cost.syscall)
        if start % PAGE_SIZE:
            raise KernelError(Errno.EINVAL, f"{start:#x} is no page boundary")
        if start + length > TASK_SIZE:
            raise KernelError(Errno.ENOMEM, "the range leaves user space")
        pages = -(-length // PAGE_SIZE)
        masks: dict[int, int] = {}
        kernel.clock.spend(pages * kernel.cost.pte)
        address, end = start, start + pages * PAGE_SIZE
        vma = mm.find_vma(start)
        while address < end:
            if vma is None or vma.start > address:
                raise KernelError(Errno.ENOMEM, f"nothing is mapped at {address:#x}")
            stop = min(end, vma.end)
            _mincore_page_range(kernel, vma, (address, stop), masks)
            address = stop
            vma = next_vma(vma)
        return MincoreReport(start, pages, masks)


def _mincore_page_range(kernel: Kernel, vma: Vma, bounds: tuple[int, int], masks: dict[int, int]) -> None:
    start, end = bounds
    pmds = vma.mm.pmds
    for slot in range(start >> HPAGE_SHIFT, (end - 1 >> HPAGE_SHIFT) + 1):
        entry = pmds.get(slot)
        if vma.flags & Vm.HUGETLB:
            if slot in vma.mm.hugetlb or slot in vma.mm.hugetlb_lost:  # any entry that is not empty
                masks[slot] = masks.get(slot, 0) | pages_in(slot, start, end)
            continue
        if entry is None and vma.file is None:
            continue
        mask = pages_in(slot, start, end)
        if isinstance(entry, HugePmd) and not kernel.features.mincore_huge:
            split_huge_page_pmd(kernel, vma.mm, slot, SplitReason.MINCORE)
            entry = pmds[slot]
        if isinstance(entry, HugePmd):
            resident = mask
        else:
            present, other = (entry.present, entry.nonpresent) if entry is not None else (0, 0)
            resident = mask & (present | _cached(vma, slot) & ~other)
            if other and entry is not None:
                resident |= mask & _swap_cached(kernel, entry)
        if resident:
            masks[slot] = masks.get(slot, 0) | resident


def _swap_cached(kernel: Kernel, table: PageTable) -> int:
    """The pages whose swap entries stand for a page in the swap cache: no reading is needed to map them."""
    found = 0
    for page, entry in (table.swapped or {}).items():
        if not non_swap_entry(entry) and cached_frame(kernel, entry) is not None:
            found |= 1 << page
    return found


def _cached(vma: Vma, slot: int) -> int:
    """The pages of a slot that the page cache of the VMA's file holds, mapped or not (mincore_unmapped_range)."""
    if vma.file is None:
        return 0
    base = slot_index(vma, slot)
    found = 0
    for place in (base // PAGES, base // PAGES + 1):
        found |= in_slot(cached_pages(vma.file.mapping, place), place * PAGES - base)
    return found
