"""Pages of hugetlbfs in place: unmapped, shared with a child, given another protection (mm/hugetlb.c).

Entries that memory errors left go with a range that is unmapped, and to a child of fork, as in kernels since 3.16: 3.0
takes such an entry for a page in fork and mprotect, and from then on two processes share a page of somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.hugetlb.refs import put_mapping, set_page_dirty
from thpsh.mm.pgtable import upper_alloc
from thpsh.structs.hugetlb import HugetlbPte
from thpsh.structs.page import HPAGE_SHIFT
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def huge_slots(mm: Mm, start: int, end: int) -> list[int]:
    """The slots of a range that map pages of hugetlbfs, ascending."""
    if not mm.hugetlb:
        return []
    first, last = start >> HPAGE_SHIFT, (end - 1 >> HPAGE_SHIFT) + 1
    if last - first <= 2 * len(mm.hugetlb):
        return [slot for slot in range(first, last) if slot in mm.hugetlb]
    return sorted(slot for slot in mm.hugetlb if first <= slot < last)


def unmap_hugepage_range(kernel: Kernel, vma: Vma, start: int, end: int) -> None:
    """Take the mappings of a range away."""
    mm = vma.mm
    slots = huge_slots(mm, start, end)
    kernel.own(mm)
    if mm.hugetlb_lost:
        for slot in _lost_slots(mm, start, end):
            del mm.hugetlb_lost[slot]
    for slot in slots:
        entry = mm.hugetlb.pop(slot)
        if entry.dirty:
            set_page_dirty(kernel, entry.page)
        put_mapping(kernel, entry.page)
    kernel.clock.spend(len(slots) * kernel.cost.huge_pmd)


def _lost_slots(mm: Mm, start: int, end: int) -> list[int]:
    """The slots of a range that hold poison entries."""
    return [slot for slot in mm.hugetlb_lost if start <= slot << HPAGE_SHIFT < end]


def copy_hugetlb_page_range(kernel: Kernel, task: Task, dst: Vma, src: Vma) -> None:
    """Share what a mapping maps with its copy in a child; private pages are write-protected on both sides."""
    protects = src.flags & (Vm.SHARED | Vm.MAYWRITE) == Vm.MAYWRITE
    slots = huge_slots(src.mm, src.start, src.end)
    kernel.own(dst.mm)
    for slot in _lost_slots(src.mm, src.start, src.end):
        upper_alloc(kernel, task, dst.mm, slot)
        dst.mm.hugetlb_lost[slot] = src.mm.hugetlb_lost[slot]
    for slot in slots:
        upper_alloc(kernel, task, dst.mm, slot)
        entry = src.mm.hugetlb[slot]
        if protects:
            kernel.own(entry)
            entry.writable = False
        kernel.own(entry.page)
        entry.page.mapcount += 1
        dst.mm.hugetlb[slot] = HugetlbPte(entry.page, entry.writable, entry.dirty, entry.young, epoch=kernel.epoch)
    kernel.clock.spend(len(slots) * kernel.cost.huge_pmd)


def hugetlb_change_protection(kernel: Kernel, vma: Vma, start: int, end: int) -> None:
    """Give the entries of a range the protection of their VMA, which is never writable for private ones."""
    writable = Vm.WRITE | Vm.SHARED
    slots = huge_slots(vma.mm, start, end)
    for slot in slots:
        entry = vma.mm.hugetlb[slot]
        kernel.own(entry)
        entry.writable = vma.flags & writable == writable
    kernel.clock.spend(len(slots) * kernel.cost.huge_pmd)
