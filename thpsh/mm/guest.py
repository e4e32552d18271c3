"""Memory of a process used through a secondary MMU, as by a guest of KVM (virt/kvm/kvm_main.c: hva_to_pfn).

The host's page tables do not see such accesses: their young bits stay as they are. What the guest used is asked of
the secondary MMU (mmu_notifier_test_young), and forgotten when the host takes the page away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.gup import PinReport, take_user_pages
from thpsh.mm.slot_range import covered
from thpsh.mm.vma import mm_of

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


def guest_access(kernel: Kernel, task: Task, start: int, length: int, *, write: bool = True) -> PinReport:
    """Let a guest use a range: pages are faulted in on the host and mapped for the guest, no reference is kept."""
    report = take_user_pages(kernel, task, (start, length), "guest", lambda _pages: None, write=write)
    mm = mm_of(task)
    kernel.own(mm)
    first = start & -4096
    for slot, mask in covered(first, first + (report.pages << 12), mm):
        mm.guest_young[slot] = mm.guest_young.get(slot, 0) | mask
    return report
