"""Faulting in what a range needs (mm/memory.c: handle_mm_fault, handle_pte_fault)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.huge_memory.policy import transparent_hugepage_enabled
from thpsh.mm.memcg_charge import room_pages
from thpsh.mm.memory.anonymous import USER_GFP, do_anonymous_pages, do_anonymous_slots
from thpsh.mm.memory.file import do_file_pages
from thpsh.mm.memory.vmf import FaultTally, Vmf
from thpsh.mm.mempolicy import interleaves
from thpsh.mm.page_alloc import placed, room_above_low
from thpsh.mm.pgtable import pte_alloc
from thpsh.mm.slot_range import pages_in
from thpsh.structs.bits import FULL, indices, lowest
from thpsh.structs.memcg import CHARGE_BATCH
from thpsh.structs.page import HPAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def handle_range(kernel: Kernel, task: Task, vma: Vma, start: int, end: int, write: bool) -> FaultTally:
    """Access every page of [start, end) in one VMA, which must allow it; returns how many faults that took.

    Raises OutOfMemory when memory ends; what was faulted in until then stays.
    """
    vmf = Vmf(kernel, task, vma, write, FaultTally())
    access_range(vmf, start, end, lambda _slot, _mask: None)
    return vmf.tally


def access_range(vmf: Vmf, start: int, end: int, accessed: Callable[[int, int], None]) -> None:
    """Access every page of [start, end); `accessed` hears of slots (slot, pages) whose content is still to be noted.

    Raises OutOfMemory when memory ends; what was faulted in until then stays.
    """
    kernel, vma, write = vmf.kernel, vmf.vma, vmf.write
    slot, last = start >> HPAGE_SHIFT, (end - 1) >> HPAGE_SHIFT
    small = write and not vma.has_ops and not transparent_hugepage_enabled(kernel, vma)
    small = small and not vma.flags & (Vm.LOCKED | Vm.GROWSDOWN) and not interleaves(vmf.task, vma)
    pmds = vma.mm.pmds
    while slot <= last:
        mask = pages_in(slot, start, end)
        if small and mask == FULL and slot not in pmds:
            count = 1
            while slot + count < last and slot + count not in pmds:
                count += 1
            done = do_anonymous_slots(vmf, slot, count)
            slot += done
            if done:
                continue
        handle_pages(vmf, slot, mask)
        accessed(slot, mask)
        slot += 1


def handle_pages(vmf: Vmf, slot: int, mask: int) -> None:
    """Access some pages of one slot."""
    if vmf.vma.flags & Vm.HUGETLB:
        from thpsh.mm.hugetlb.fault import hugetlb_fault

        hugetlb_fault(vmf, slot, mask)
        return
    entry = vmf.mm.pmds.get(slot)
    vma = vmf.vma
    wants_huge = entry is None and not vma.has_ops and transparent_hugepage_enabled(vmf.kernel, vma)
    if wants_huge:
        from thpsh.mm.huge_memory.fault import do_huge_pmd_anonymous_page  # start-up has no huge pages

        if do_huge_pmd_anonymous_page(vmf, slot):
            return
    if isinstance(entry, HugePmd):
        vmf.kernel.own(entry)
        if vmf.write and not entry.writable:
            from thpsh.mm.huge_memory.fault import do_huge_pmd_wp_page

            if not do_huge_pmd_wp_page(vmf, slot, entry, lowest(mask)):
                handle_pages(vmf, slot, mask)
                return
        entry.young = True
        entry.dirty |= vmf.write
        return
    table = pte_alloc(vmf.kernel, vmf.task, vmf.mm, slot)
    if isinstance(table, PageTable):
        _handle_ptes(vmf, slot, table, mask)


def _handle_ptes(vmf: Vmf, slot: int, table: PageTable, mask: int) -> None:
    """Access small pages of one slot, in the order of their addresses as far as it can be seen."""
    while mask:
        other = mask & table.nonpresent if table.swapped else 0
        ordinary = mask & (other & -other) - 1 if other else mask
        if ordinary:
            ordinary = _until_seen(vmf, table, ordinary)
            mask ^= ordinary ^ _handle_ordinary(vmf, slot, table, ordinary)
        for page in indices(other):
            bit = 1 << page
            if mask & (bit - 1) or table.swapped is None or page not in table.swapped:
                break
            from thpsh.mm.memory.nonpresent import handle_nonpresent

            handle_nonpresent(vmf, slot, table, page)
            mask ^= bit


def _until_seen(vmf: Vmf, table: PageTable, mask: int) -> int:
    """Where faults may start reclaim, only the pages up to the next one that needs no fault.

    What lies behind a fault has not been accessed again when reclaim looks for its young bit.
    """
    seen = mask & (table.present & table.writable if vmf.write else table.present)
    faults = mask ^ seen
    behind = seen & -(faults & -faults)
    if not behind or not _reclaim_is_near(vmf, faults.bit_count()):
        return mask
    return mask & (behind & -behind) - 1


def _reclaim_is_near(vmf: Vmf, count: int) -> bool:
    """May so many faults reach the limit of the group, or wake kswapd?"""
    kernel, memcg = vmf.kernel, vmf.mm.memcg
    if memcg.parent is not None and room_pages(memcg) < count + CHARGE_BATCH:
        return True
    return room_above_low(kernel, placed(kernel, vmf.task.cpu, None), USER_GFP) < count


def _handle_ordinary(vmf: Vmf, slot: int, table: PageTable, mask: int) -> int:
    """Access pages whose entries are empty or present; returns those that reclaim took away meanwhile."""
    empty = mask & ~table.present
    protected = mask & table.present & ~table.writable if vmf.write else 0
    seen = mask & table.present & ~protected
    if seen:
        vmf.kernel.own(table)
        table.young |= seen
        if vmf.write:
            table.dirty |= seen
    if empty and protected and not vmf.vma.has_ops:
        return _in_order(vmf, slot, table, (empty, protected))
    if empty:
        _fill_empty(vmf, slot, table, empty)
    return _write_protected(vmf, slot, table, protected) if protected else 0


def _write_protected(vmf: Vmf, slot: int, table: PageTable, mask: int) -> int:
    from thpsh.mm.memory.wp import do_wp_pages  # before the first fork nothing is write-protected

    return do_wp_pages(vmf, slot, table, mask)


def _fill_empty(vmf: Vmf, slot: int, table: PageTable, empty: int) -> None:
    if vmf.vma.has_ops:
        do_file_pages(vmf, slot, table, empty)
    else:
        do_anonymous_pages(vmf, slot, table, empty)


def _in_order(vmf: Vmf, slot: int, table: PageTable, masks: tuple[int, int]) -> int:
    """Empty and write-protected entries in turn, as the addresses come."""
    empty, protected = masks
    left = 0
    while empty or protected:
        low_empty = empty & -empty or 1 << 512
        low_protected = protected & -protected or 1 << 512
        if low_empty < low_protected:
            part = empty & (low_protected - 1)
            do_anonymous_pages(vmf, slot, table, part)
            empty ^= part
        else:
            part = protected & (low_empty - 1)
            left |= _write_protected(vmf, slot, table, part)
            protected ^= part
    return left
