"""Rules that the VMAs of an address space obey, checked from first principles (architecture §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.slot_range import pages_in
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE, PAGE_SIZE, TASK_SIZE
from thpsh.structs.page_cache import FileKind
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm, Vma

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm


def check_vmas(kernel: Kernel, mm: Mm) -> None:
    """Raise ModelBug at the first rule that the VMAs, accounts or page tables of an address space break."""
    _check_list(mm)
    for vma in mm.vmas:
        _check_vma(mm, vma)
    _check_accounts(mm)
    _check_slots(kernel, mm)


def _fail(mm: Mm, what: str) -> None:
    raise ModelBug(f"mm {mm.number}: {what}")


def _check_list(mm: Mm) -> None:
    """The list is sorted, without overlap, and `starts` agrees with it."""
    if mm.starts != [vma.start for vma in mm.vmas]:
        _fail(mm, "`starts` differs from the VMAs")
    end = 0
    for vma in mm.vmas:
        if vma.start < end or vma.end <= vma.start or vma.end > TASK_SIZE:
            _fail(mm, f"VMA {vma.start:#x}-{vma.end:#x} is out of order")
        end = vma.end


def _check_vma(mm: Mm, vma: Vma) -> None:
    where = f"VMA {vma.start:#x}"
    if vma.mm is not mm:
        _fail(mm, f"{where} belongs to mm {vma.mm.number}")
    if vma.start % PAGE_SIZE or vma.end % PAGE_SIZE or vma.pgoff < 0:
        _fail(mm, f"{where} is not made of whole pages")
    if vma.flags & Vm.HUGEPAGE and vma.flags & (Vm.NOHUGEPAGE | Vm.NO_THP):
        _fail(mm, f"{where} has VM_HUGEPAGE besides a flag that excludes it")
    if vma.flags & Vm.LOCKED and vma.flags & Vm.SPECIAL:
        _fail(mm, f"{where} is special and locked")
    if (vma.anon_vma is None) != (not vma.chain) or (vma.anon_vma is not None and vma.anon_vma not in vma.chain):
        _fail(mm, f"{where}: anon_vma and chain disagree")
    if any(vma not in anon_vma.vmas for anon_vma in vma.chain):
        _fail(mm, f"{where} is not on the list of an anon_vma of its chain")
    if vma.file is not None and vma not in vma.file.mapping.maps:
        _fail(mm, f"{where} is not on the list of its file")


def _check_accounts(mm: Mm) -> None:
    """The sizes kept in the mm are the sums over its VMAs."""
    sums = dict.fromkeys(("total_vm", "locked_vm", "shared_vm", "exec_vm", "stack_vm", "reserved_vm", "committed"), 0)
    for vma in mm.vmas:
        pages, flags = vma.nr_pages, vma.flags
        sums["total_vm"] += pages
        sums["locked_vm"] += pages if flags & Vm.LOCKED else 0
        sums["committed"] += pages if flags & Vm.ACCOUNT else 0
        sums["reserved_vm"] += pages if flags & (Vm.RESERVED | Vm.IO) else 0
        if vma.file is not None and vma.file.kind is not FileKind.SPECIAL:
            sums["shared_vm"] += pages
            sums["exec_vm"] += pages if flags & (Vm.EXEC | Vm.WRITE) == Vm.EXEC else 0
        elif flags & Vm.GROWSDOWN:
            sums["stack_vm"] += pages
    for name, found in sums.items():
        if getattr(mm, name) != found:
            _fail(mm, f"{name}: kept {getattr(mm, name)}, recomputed {found}")


def _check_slots(kernel: Kernel, mm: Mm) -> None:
    """Nothing is mapped outside VMAs, nothing is writable against their flags, no huge page crosses their ends."""
    whole = kernel.features.vma_adjust_splits and kernel.features.devzero_private
    for slot, entry in mm.pmds.items():
        base = slot << HPAGE_SHIFT
        if isinstance(entry, HugePmd):
            vma = mm.vma_at(base)
            if whole and (vma is None or vma.end < base + HPAGE_SIZE):
                _fail(mm, f"huge page at {base:#x} crosses a VMA boundary")
            if entry.writable and vma is not None and not vma.flags & Vm.WRITE:
                _fail(mm, f"huge page at {base:#x} is writable against the VMA's flags")
            continue
        mapped, writable = _allowed(mm, slot)
        if (entry.present | entry.nonpresent) & ~mapped:
            _fail(mm, f"entries outside of any VMA in the slot at {base:#x}")
        if entry.writable & ~writable:
            _fail(mm, f"entries writable against the VMA's flags in the slot at {base:#x}")


def _allowed(mm: Mm, slot: int) -> tuple[int, int]:
    """The pages of a slot that lie in VMAs, and those that may be written."""
    base = slot << HPAGE_SHIFT
    mapped = writable = 0
    place = mm.find(base)
    while place < len(mm.vmas) and mm.vmas[place].start < base + HPAGE_SIZE:
        vma = mm.vmas[place]
        pages = pages_in(slot, vma.start, vma.end)
        mapped |= pages
        if vma.flags & Vm.WRITE:
            writable |= pages
        place += 1
    return mapped, writable
