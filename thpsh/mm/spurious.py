"""Faults that repair nothing and come again (arch/x86/mm/fault.c, mm/memory.c: handle_pte_fault).

Before commit 5 a private mapping of /dev/zero could be cut in the middle of a huge page. The split came later and
gave the entries on both sides the protection of one. Where that is PROT_NONE and the VMA allows the access, the fault
finds a present, writable entry and has nothing to do. The access faults again, for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.memcontrol import count_faults
from thpsh.mm.slot_range import pages_in
from thpsh.structs.bits import lowest
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT
from thpsh.structs.page_table import PageTable
from thpsh.trace.events.fault import FaultKind, PageFault

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

RETRIES: Final = 1000
"""After so many faults at one address the host stops watching: nothing will change."""


def spurious_fault(kernel: Kernel, task: Task, start: int, end: int) -> int | None:
    """The first address of an access that faults for ever, after enough of these faults; None if there is none.

    Entries that were unmapped meanwhile are forgotten.
    """
    mm = task.mm
    if mm is None:
        return None
    for slot, mask in list(mm.stuck.items()):
        left = stuck_entries(mm, slot)
        if not left or left != mask:
            kernel.own(mm)
            mm.stuck[slot] = left
        if not left:
            del mm.stuck[slot]
            continue
        met = left & pages_in(slot, start, end) if start >> HPAGE_SHIFT <= slot <= end - 1 >> HPAGE_SHIFT else 0
        if met:
            return _loop(kernel, task, (slot << HPAGE_SHIFT) + (lowest(met) << PAGE_SHIFT))
    return None


def stuck_entries(mm: Mm, slot: int) -> int:
    """The entries of a slot that fault for ever, those that are still there."""
    table = mm.pmds.get(slot)
    return mm.stuck[slot] & table.present if isinstance(table, PageTable) else 0


def _loop(kernel: Kernel, task: Task, address: int) -> int:
    kernel.own(task)
    task.min_flt += RETRIES
    count_faults(kernel, task.cgroup, RETRIES, major=False)
    cost = kernel.cost.fault
    kernel.trace.emit(PageFault(task.pid, address, address + 1, RETRIES, FaultKind.SMALL, True, cost))
    kernel.clock.spend(RETRIES * cost)
    return address
