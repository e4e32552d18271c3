"""Page-table entries that are neither empty nor present: through zap, fork and fault (mm/memory.c; linux/swapops.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from thpsh.errors import Errno, KernelError
from thpsh.mm.memory.swap import do_swap_page
from thpsh.mm.page_flags import poisoned
from thpsh.mm.swap_state import cached_frame, free_swap_and_cache, lookup_swap_cache
from thpsh.mm.swapfile import swap_duplicate
from thpsh.structs.bits import PAGES
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT
from thpsh.structs.swap_entry import SWP_HWPOISON, non_swap_entry, swp_type
from thpsh.trace.events.fault import FaultKind, PageFault
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.task import Task


class PoisonedPage(KernelError):
    """An access met a poison entry (VM_FAULT_HWPOISON): SIGBUS for a program, EFAULT for a system call."""

    def __init__(self, address: int) -> None:
        super().__init__(Errno.EFAULT, f"the page at {address:#x} was lost to a memory error")
        self.address = address


def say_poisoned(kernel: Kernel, task: Task, address: int) -> None:
    """Tell the log that a process met a page that was lost (do_sigbus)."""
    text = f"MCE: Killing {task.name}:{task.pid} due to hardware memory corruption fault at {address:x}"
    kernel.trace.emit(Printk(text))


def free_entries(kernel: Kernel, cpu: int, mm: Mm, table: PageTable, mask: int) -> int:
    """Empty the entries of a mask that are neither empty nor present; returns how many (zap_pte_range)."""
    entries = table.swapped
    if not entries:
        return 0
    kept = {page: entry for page, entry in entries.items() if not mask >> page & 1}
    if len(kept) < len(entries):
        kernel.own(table)
        table.swapped = kept or None
        swapped = [entry for page, entry in entries.items() if page not in kept and not non_swap_entry(entry)]
        if swapped:
            kernel.own(mm)
            mm.swap_ents -= len(swapped)
            free_swap_and_cache(kernel, cpu, swapped)
    return len(entries) - len(kept)


def copy_entries(kernel: Kernel, mm: Mm, target: PageTable, source: PageTable, mask: int) -> int:
    """Give a child its parent's entries of a mask that are neither empty nor present; returns how many."""
    copied = {page: entry for page, entry in (source.swapped or {}).items() if mask >> page & 1}
    if copied:
        kernel.own(target)
        target.swapped = {**(target.swapped or {}), **copied}
        swapped = [entry for entry in copied.values() if not non_swap_entry(entry)]
        if swapped:
            kernel.own(mm)
            mm.swap_ents += len(swapped)
            swap_duplicate(kernel, swapped)
    return len(copied)


def handle_nonpresent(vmf: Vmf, slot: int, table: PageTable, page: int) -> None:
    """A fault on an entry that is neither empty nor present (do_swap_page)."""
    entry = (table.swapped or {})[page]
    if not non_swap_entry(entry):
        if _lost(vmf.kernel, entry):
            lookup_swap_cache(vmf.kernel, entry)
            poisoned_fault(vmf, slot, page)
        do_swap_page(vmf, slot, table, page)
        return
    if swp_type(entry) != SWP_HWPOISON:
        raise KernelError(Errno.EFAULT, "an entry holds neither a page nor nothing")
    poisoned_fault(vmf, slot, page)


def _lost(kernel: Kernel, entry: int) -> bool:
    """Is the page of an entry one that was lost to a memory error while it was in the swap cache?"""
    pfn = cached_frame(kernel, entry) if kernel.totals.hwpoison_seen else None
    return pfn is not None and bool(poisoned(kernel.block_of(pfn)) >> (pfn & PAGES - 1) & 1)


def poisoned_fault(vmf: Vmf, slot: int, page: int) -> NoReturn:
    """A fault meets a page that was lost."""
    address = (slot << HPAGE_SHIFT) + (page << PAGE_SHIFT)
    cost = vmf.kernel.cost.fault
    vmf.kernel.clock.spend(cost)
    if vmf.counted:
        end = address + (1 << PAGE_SHIFT)
        vmf.kernel.trace.emit(PageFault(vmf.task.pid, address, end, 1, FaultKind.POISONED, vmf.write, cost))
    raise PoisonedPage(address)
