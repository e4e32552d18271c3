"""/proc/PID/pagemap (fs/proc/task_mmu.c): 8 bytes a page; reading splits the huge pages it meets."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.proc.pid.process import mm_of
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.slot_range import pages_in
from thpsh.structs.bits import indices
from thpsh.structs.page import HPAGE_NR, HPAGE_ORDER, HPAGE_SHIFT, PAGE_SHIFT, TASK_SIZE, ZERO_PFN
from thpsh.structs.page_table import PageTable
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm

ENTRY: Final = 8
_SHIFT: Final = PAGE_SHIFT << 55
_PRESENT: Final = 1 << 63 | _SHIFT
_SWAPPED: Final = 1 << 62 | _SHIFT
_HOLE: Final = _SHIFT  # no page table, or no VMA; an empty entry of a page table is 0


def _read(place: Place, offset: int, size: int) -> bytes:
    """Some entries; a huge page is split, whichever part of it was asked for."""
    if offset % ENTRY or size % ENTRY:
        raise KernelError(Errno.EINVAL, "offset and size must be multiples of 8")
    mm = mm_of(place)
    first = offset // ENTRY
    last = min(first + size // ENTRY, TASK_SIZE >> PAGE_SHIFT)
    entries = array("Q")
    while mm is not None and first < last:
        slot, page = divmod(first, HPAGE_NR)
        count = min(last - first, HPAGE_NR - page)
        entries.extend(_slot(place.kernel, mm, slot)[page : page + count])
        first += count
    return entries.tobytes()


def _slot(kernel: Kernel, mm: Mm, slot: int) -> list[int]:
    """The 512 entries of a slot."""
    if slot in mm.hugetlb_lost:
        return [0] * HPAGE_NR
    hugetlb = mm.hugetlb.get(slot)
    if hugetlb is not None:
        return [_PRESENT | hugetlb.page.block.start_pfn + page for page in range(HPAGE_NR)]
    split_huge_page_pmd(kernel, mm, slot, SplitReason.PAGEMAP)
    table = mm.pmds.get(slot)
    entries = [_HOLE] * HPAGE_NR
    if not isinstance(table, PageTable):
        return entries
    for page in indices(_mapped(mm, slot)):
        entries[page] = 0
    for page in indices(table.special):
        entries[page] = _PRESENT | ZERO_PFN
    for pages, block, by in pieces(kernel, table, table.present & ~table.special):
        base = (block.index << HPAGE_ORDER) + by
        for page in indices(pages):
            entries[page] = _PRESENT | base + page
    for page, swap in (table.swapped or {}).items():
        entries[page] = _SWAPPED | swap
    return entries


def _mapped(mm: Mm, slot: int) -> int:
    """The pages of a slot that lie in a VMA."""
    start, end = slot << HPAGE_SHIFT, slot + 1 << HPAGE_SHIFT
    mask = 0
    for vma in mm.vmas[mm.find(start) :]:
        if vma.start >= end:
            break
        mask |= pages_in(slot, vma.start, vma.end)
    return mask


FILES = (VFile("/proc/PID/pagemap", None, raw=_read),)
