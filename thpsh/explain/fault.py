"""Would a fault be huge: what handle_mm_fault and do_huge_pmd_anonymous_page ask, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.explain.allocation import ask_allocation, ask_charge
from thpsh.explain.check import Decision
from thpsh.mm.huge_memory.policy import (
    fits,
    is_vma_temporary_stack,
    transparent_hugepage_defrag,
    transparent_hugepage_enabled,
)
from thpsh.mm.mempolicy import huge_placement
from thpsh.observe.slots import slot_letters
from thpsh.structs.page import HPAGE_MASK, HPAGE_SHIFT, HPAGE_SIZE
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

QUESTION: Final = "Would the first touch of this range be a huge fault?"


def mode_of(kernel: Kernel) -> str:
    """What `enabled` says."""
    thp = kernel.thp
    return "always" if thp.enabled_always else "madvise" if thp.enabled_madvise else "never"


def advice_of(vma: Vma) -> str:
    """Which advice a VMA has."""
    return "VM_HUGEPAGE" if vma.flags & Vm.HUGEPAGE else "VM_NOHUGEPAGE" if vma.flags & Vm.NOHUGEPAGE else "no advice"


def bounds_of(vma: Vma) -> str:
    """A VMA as /proc/PID/maps names it."""
    return f"{vma.start:x}-{vma.end:x}"


def entry_words(kernel: Kernel, mm: Mm, slot: int) -> str:
    """What stands at a PMD."""
    entry = mm.pmds.get(slot)
    if entry is None:
        return "empty"
    if isinstance(entry, HugePmd):
        return "a huge page"
    letter, count = slot_letters(kernel, mm, slot << HPAGE_SHIFT, (slot + 1) << HPAGE_SHIFT)[0]
    left = {"S": ", some in swap", "h": ", the halves of a split huge page", "z": ", the zero page"}.get(letter, "")
    return f"a page table with {count} of 512 pages{left}" if count or left else "a page table left behind, empty"


def fault_decision(kernel: Kernel, task: Task, address: int) -> Decision:
    """All conditions of a huge fault at the 2 MiB range around an address of a living process."""
    found = Decision(QUESTION)
    mm = task.mm
    vma = mm.vma_at(address) if mm is not None else None
    if mm is None or vma is None:
        found.ask("mapped", "find_vma", "the address is mapped", "no VMA there", holds=False)
        return found
    slot = address >> HPAGE_SHIFT
    found.ask("mapped", "find_vma", "the address is mapped", bounds_of(vma), holds=True)
    if vma.flags & Vm.HUGETLB:
        found.ask("hugetlb", "handle_mm_fault", "not of the hugetlbfs pool", "a mapping of hugetlbfs", holds=False)
        return found
    entry = mm.pmds.get(slot)
    found.ask("pmd", "pmd_none", "the PMD is empty", entry_words(kernel, mm, slot), holds=entry is None)
    _ask_enabled(kernel, vma, found)
    ops = "none: anonymous" if not vma.has_ops else "those of a file or of shared memory"
    found.ask("ops", "handle_mm_fault", "vm_ops is NULL", ops, holds=not vma.has_ops)
    base = address & HPAGE_MASK
    inside = f"{base:x}-{base + HPAGE_SIZE:x} in {bounds_of(vma)}"
    found.ask("fits", "do_huge_pmd_anonymous_page", "the whole range lies in the VMA", inside, holds=fits(vma, address))
    defrag = transparent_hugepage_defrag(kernel, vma)
    place = huge_placement(kernel, task, vma, slot, (kernel.cpus[task.cpu].node, 0))
    ask_allocation(kernel, found, place, defrag=defrag)
    ask_charge(kernel, found, mm.memcg)
    return found


def _ask_enabled(kernel: Kernel, vma: Vma, found: Decision) -> None:
    """The two flags of transparent_hugepage_enabled, and what else it looks at."""
    name = "transparent_hugepage_enabled"
    if not kernel.thp.registered:
        found.ask("exists", "hugepage_init", "this host has THP", "it has not", holds=False)
        return
    holds = transparent_hugepage_enabled(kernel, vma)
    found.ask("enabled", name, "`enabled` and the advice", f"{mode_of(kernel)}, {advice_of(vma)}", holds=holds)
    if is_vma_temporary_stack(kernel, vma):
        found.ask("stack", "is_vma_temporary_stack", "not a stack that exec is filling", "it is one", holds=False)


def is_huge(mm: Mm | None, address: int) -> bool:
    """Does a huge PMD map the range around an address?"""
    return mm is not None and isinstance(mm.pmds.get(address >> HPAGE_SHIFT), HugePmd)


def table_of(mm: Mm, address: int) -> PageTable | None:
    """The page table of the range around an address, if it has one."""
    entry = mm.pmds.get(address >> HPAGE_SHIFT)
    return entry if isinstance(entry, PageTable) else None
