"""Vmf: one stretch of page faults of one process in one VMA (struct vm_fault)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.memcontrol import count_faults
from thpsh.mm.rss_stat import check_sync_rss_stat
from thpsh.record import record
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT
from thpsh.trace.events.fault import FaultKind, PageFault

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

_HUGE: Final = (
    FaultKind.HUGE, FaultKind.HUGE_REUSE, FaultKind.HUGE_COPY, FaultKind.HUGE_TO_SMALL,
    FaultKind.HUGETLB, FaultKind.HUGETLB_REUSE, FaultKind.HUGETLB_COPY,
)  # fmt: skip


@record
class FaultTally:
    """How many faults a range took."""

    minor: int = 0
    major: int = 0


@record(eq=False)
class Vmf:
    """Who faults where, and what came of it so far."""

    kernel: Kernel
    task: Task
    vma: Vma
    write: bool
    tally: FaultTally
    tag: int = 0  # what a write to whole empty slots leaves there
    counted: bool = True  # False while a fault that is already accounted goes on

    @property
    def mm(self) -> Mm:
        """The address space."""
        return self.vma.mm

    def took(self, kind: FaultKind, slot: int, mask: int, cost: int, rss: tuple[int, ...] = (0, 0)) -> None:
        """Account faults on the pages of a mask: one each (a huge fault is one, whatever its mask).

        `rss`: how many anonymous and file pages they added to the resident ones, small pages only, and how many of
        these came from swap.
        """
        count = 1 if kind in _HUGE else mask.bit_count()
        low = (mask & -mask).bit_length() - 1
        base = slot << HPAGE_SHIFT
        self.took_range(kind, base + (low << PAGE_SHIFT), base + (mask.bit_length() << PAGE_SHIFT), count, cost)
        if self.counted:
            check_sync_rss_stat(self.kernel, self.mm, count, *rss)

    def took_range(self, kind: FaultKind, start: int, end: int, count: int, cost: int) -> None:
        """Account faults on a range of addresses, without the pages they made resident."""
        kernel = self.kernel
        task = self.task
        if not self.counted:
            kernel.clock.spend(count * cost)
            return
        kernel.own(task)
        major = kind in (FaultKind.SWAP, FaultKind.FILE_READ)
        if major:
            task.maj_flt += count
            self.tally.major += count
        else:
            task.min_flt += count
            self.tally.minor += count
        count_faults(kernel, self.vma.mm.memcg, count, major=major)
        kernel.clock.spend(count * cost)
        kernel.trace.emit(PageFault(task.pid, start, end, count, kind, self.write, cost, major))
