"""Pages of the pool for get_user_pages (mm/hugetlb.c: follow_hugetlb_page).

Where a memory error has left its entry, 3.0 takes the entry for a page number and hands out a stranger; here the call
ends there with EFAULT, as in kernels since 3.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.hugetlb.fault import hugetlb_fault
from thpsh.mm.memory.nonpresent import PoisonedPage
from thpsh.mm.memory.vmf import FaultTally, Vmf
from thpsh.mm.slot_range import pages_in
from thpsh.structs.page import HPAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def follow_hugetlb_page(kernel: Kernel, task: Task, vma: Vma, start: int, end: int, *, write: bool) -> None:
    """Fault in what of [start, end) of a mapping is missing or write-protected; nobody counts these faults.

    Raises NoHugePage or PoisonedPage at the first address that cannot be had.
    """
    vmf = Vmf(kernel, task, vma, write, FaultTally(), counted=False)
    for slot in range(start >> HPAGE_SHIFT, (end - 1 >> HPAGE_SHIFT) + 1):
        if slot in vma.mm.hugetlb_lost:
            raise PoisonedPage(max(start, slot << HPAGE_SHIFT))
        entry = vma.mm.hugetlb.get(slot)
        if entry is None or (write and not entry.writable):
            hugetlb_fault(vmf, slot, pages_in(slot, start, end))
