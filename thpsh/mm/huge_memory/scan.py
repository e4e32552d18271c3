"""khugepaged's rounds: whom it visits, in which order, on what budget (mm/huge_memory.c: khugepaged_do_scan)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.huge_memory.collapse import alloc_hugepage, collapse_huge_page
from thpsh.mm.huge_memory.collapse_row import collapse_row
from thpsh.mm.huge_memory.mm_slot import collect_mm_slot, khugepaged_has_work
from thpsh.mm.huge_memory.policy import huge_range, is_vma_temporary_stack
from thpsh.mm.huge_memory.scan_pmd import khugepaged_scan_pmd
from thpsh.mm.locks import KHUGEPAGED_MM_LOCK, MMAP_SEM, acquire, held, release
from thpsh.structs.khugepaged import Look, Verdict
from thpsh.structs.page import HPAGE_NR, HPAGE_SHIFT, HPAGE_SIZE
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import MmKhugepagedScanPmd

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.khugepaged import Khugepaged
    from thpsh.structs.mm import Mm
    from thpsh.structs.vma import Vma


_SCAN: Final = "khugepaged_scan_mm_slot"
_COLLAPSE: Final = HPAGE_NR + 1  # what a call costs that collapses the first range it looks at


def khugepaged_do_scan(kernel: Kernel) -> None:
    """One round: scan until the budget is used up, the list was passed twice, or no huge page can be had."""
    daemon = kernel.khugepaged
    kernel.own(daemon)
    daemon.quiet = True
    budget = daemon.pages_to_scan
    progress = heads = 0
    while progress < budget and _page_at_hand(kernel):
        if daemon.cursor_mm is None:
            heads += 1
        if not khugepaged_has_work(kernel) or heads > 1:
            break
        progress += khugepaged_scan_mm_slot(kernel, budget - progress)


def _page_at_hand(kernel: Kernel) -> bool:
    """Builds without NUMA keep one huge page ready; the others stop when the last allocation failed."""
    daemon = kernel.khugepaged
    if kernel.build.numa:
        return not daemon.failed_allocation
    if daemon.spare is None:
        daemon.spare = alloc_hugepage(kernel, None, 0, None)
        daemon.quiet = False
    return daemon.spare is not None


def khugepaged_scan_mm_slot(kernel: Kernel, budget: int) -> int:
    """Go on at the cursor, in one address space; returns what it cost.

    A call costs 1, a VMA passed 1, a range looked at 512. An attempt to collapse ends the call.
    """
    daemon = kernel.khugepaged
    if daemon.cursor_mm is None:
        daemon.cursor_mm, daemon.cursor_address = daemon.first_mm, 0
    mm = daemon.cursor_mm
    if mm is None:
        return budget
    if kernel.tables.lock_trace:
        with held(kernel, KHUGEPAGED_MM_LOCK, "", _SCAN):
            pass
    progress, done, _ = _scan_locked(kernel, mm, budget) if mm.users else (1, True, False)
    kernel.clock.spend(kernel.cost.scan_page)
    if done:
        daemon.cursor_mm, daemon.cursor_address = mm.slot_next, 0
        if mm.slot_next is None:
            daemon.full_scans += 1
        collect_mm_slot(kernel, mm)
    return progress


def _scan_locked(kernel: Kernel, mm: Mm, budget: int) -> tuple[int, bool, bool]:
    """Scan under mmap_sem for reading, which an attempt to collapse gives up itself."""
    if not kernel.tables.lock_trace:
        return _scan_vmas(kernel, mm, budget)
    owner = f"mm{mm.number}"
    acquire(kernel, MMAP_SEM, owner, _SCAN, "read")
    found = _scan_vmas(kernel, mm, budget)
    if not found[2]:
        release(kernel, MMAP_SEM, owner, _SCAN, "read")
    return found


def _scan_vmas(kernel: Kernel, mm: Mm, budget: int) -> tuple[int, bool, bool]:
    """Scan the VMAs from the cursor on: what it cost, whether the last is behind, and whether mmap_sem was given up."""
    daemon = kernel.khugepaged
    progress = 1
    for vma in mm.vmas[mm.find(daemon.cursor_address) :] if daemon.cursor_address else mm.vmas:
        first, last = _scannable(kernel, vma)
        if first >= last or daemon.cursor_address > last:
            progress += 1
            continue
        daemon.cursor_address = max(daemon.cursor_address, first)
        while daemon.cursor_address < last:
            ranges = min((last - daemon.cursor_address) >> HPAGE_SHIFT, _calls(budget - progress))
            done = collapse_row(kernel, vma, daemon.cursor_address >> HPAGE_SHIFT, ranges)
            if done:
                daemon.cursor_address += done << HPAGE_SHIFT
                return progress + done * _COLLAPSE - 1, False, True
            attempted = _scan_range(kernel, vma, daemon)
            daemon.cursor_address += HPAGE_SIZE
            progress += HPAGE_NR
            if attempted or progress >= budget:
                return progress, False, attempted
    return progress, True, False


def _calls(budget: int) -> int:
    """How many calls that collapse a range each begin within a budget, which has paid for the first call."""
    return 1 + -(-max(0, budget - HPAGE_NR) // _COLLAPSE)


def _scannable(kernel: Kernel, vma: Vma) -> tuple[int, int]:
    """The part of a VMA that is scanned, empty when it is passed over."""
    if vma.anon_vma is None:  # asked first: most are passed here, and each field read is a line of the host's cache
        return 0, 0
    thp, features = kernel.thp, kernel.features
    unwanted = features.khugepaged_madvise_aware and vma.flags & Vm.NOHUGEPAGE
    if unwanted or not (thp.enabled_always or vma.flags & Vm.HUGEPAGE):
        return 0, 0
    if vma.has_ops or (vma.file is not None and not features.devzero_private):
        return 0, 0
    if is_vma_temporary_stack(kernel, vma):
        return 0, 0
    return huge_range(vma)


def _scan_range(kernel: Kernel, vma: Vma, daemon: Khugepaged) -> bool:
    """Look at the range at the cursor and collapse it where that can be done; True when it was tried."""
    mm, address = vma.mm, daemon.cursor_address
    slot = address >> HPAGE_SHIFT
    look = khugepaged_scan_pmd(kernel, mm, slot)
    known = mm.looks.get(slot)
    verdict = look.verdict
    kernel.clock.spend(kernel.cost.collapse_scan)
    if verdict is not None and known == look:
        return False
    kernel.trace.emit(MmKhugepagedScanPmd(mm.number, address, verdict.value if verdict else "", look.page))
    if verdict is None:
        daemon.quiet = False
        outcome, page = collapse_huge_page(kernel, vma, slot, look.node)
        look = Look(outcome, page, look.node)
    kernel.own(mm)
    mm.looks[slot] = look
    return verdict is None


def verdicts(mm: Mm) -> list[tuple[int, Look]]:
    """What khugepaged last found in an address space, by address."""
    return [(slot << HPAGE_SHIFT, mm.looks[slot]) for slot in sorted(mm.looks)]


__all__ = ["Verdict", "khugepaged_do_scan", "khugepaged_scan_mm_slot", "verdicts"]
