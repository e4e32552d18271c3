"""The system call mprotect (mm/mprotect.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.huge_memory.mapped import change_huge_pmd
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.locks import syscall
from thpsh.mm.mman import Prot, access_word
from thpsh.mm.overcommit import vm_enough_memory, vm_unacct_memory
from thpsh.mm.slot_range import covered
from thpsh.mm.vma import find_vma_prev, mm_of, next_vma, vm_stat_account
from thpsh.mm.vma_adjust import split_vma
from thpsh.mm.vma_merge import part_of, vma_merge
from thpsh.structs.bits import FULL
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE, page_align
from thpsh.structs.page_cache import FileKind
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

_MAY_SHIFT = 4  # VM_MAYREAD is VM_READ << 4


def mprotect(kernel: Kernel, task: Task, start: int, length: int, prot: int) -> None:
    """Change the protection of a range from left to right; a hole is ENOMEM after what lies before it was changed."""
    mm = mm_of(task)
    with syscall(kernel, mm, Syscall(task.pid, "mprotect", start, length, access_word(prot)), "write"):
        kernel.clock.spend(kernel.cost.syscall)
        grows, prot = prot & (Prot.GROWSDOWN | Prot.GROWSUP), prot & ~(Prot.GROWSDOWN | Prot.GROWSUP)
        if grows == Prot.GROWSDOWN | Prot.GROWSUP or start % PAGE_SIZE:
            raise KernelError(Errno.EINVAL, f"{start:#x} is no page boundary, or growing both ways was asked for")
        if not length:
            return
        end = start + page_align(length)
        if end <= start or end >= 1 << 64:
            raise KernelError(Errno.ENOMEM, "the range wraps around")
        if prot & ~(Prot.ACCESS | Prot.SEM):
            raise KernelError(Errno.EINVAL, f"protection {prot:#x} is unknown")
        start, end = _range(mm, start, end, grows)
        _do_mprotect(kernel, task, mm, (start, end), prot & Prot.ACCESS)


def _range(mm: Mm, start: int, end: int, grows: int) -> tuple[int, int]:
    """The range with PROT_GROWSDOWN extended to the start of a stack."""
    vma = mm.find_vma(start)
    if vma is None or vma.start >= end or (vma.start > start and not grows & Prot.GROWSDOWN):
        raise KernelError(Errno.ENOMEM, f"nothing is mapped at {start:#x}")
    if grows & Prot.GROWSUP or (grows and not vma.flags & Vm.GROWSDOWN):
        raise KernelError(Errno.EINVAL, "the mapping does not grow that way")
    return (vma.start if grows else start), end


def _do_mprotect(kernel: Kernel, task: Task, mm: Mm, bounds: tuple[int, int], access: int) -> None:
    start, end = bounds
    vma, prev = find_vma_prev(mm, start)
    if vma is not None and start > vma.start:
        prev = vma
    while vma is not None and vma.start <= start:
        flags = access | vma.flags & ~Vm.ACCESS
        if flags & ~(flags >> _MAY_SHIFT) & Vm.ACCESS:
            raise KernelError(Errno.EACCES, f"the mapping at {vma.start:#x} may never have this access")
        stop = min(vma.end, end)
        prev = _mprotect_fixup(kernel, task, (vma, prev), (start, stop), flags)
        start = max(stop, prev.end)
        if start >= end:
            return
        vma = next_vma(prev)
    raise KernelError(Errno.ENOMEM, f"nothing is mapped at {start:#x}")


def _mprotect_fixup(kernel: Kernel, task: Task, pair: tuple[Vma, Vma | None], part: tuple[int, int], flags: int) -> Vma:
    """Give a part of a VMA new flags, merging or cutting; returns the VMA that holds it then."""
    vma, prev = pair
    start, end = part
    old = vma.flags
    if flags == old:
        return vma
    mm, pages = vma.mm, (end - start) >> PAGE_SHIFT
    charged = 0
    if flags & Vm.WRITE and not old & (Vm.ACCOUNT | Vm.WRITE | Vm.HUGETLB | Vm.SHARED | Vm.NORESERVE):
        charged = pages
        vm_enough_memory(kernel, mm, charged)
        flags |= Vm.ACCOUNT
    merged = vma_merge(kernel, task, mm, prev, part_of(vma, start, end, flags))
    if merged is not None:
        vma = merged
    else:
        try:
            if start != vma.start:
                split_vma(kernel, task, vma, start, new_below=True)
            if end != vma.end:
                split_vma(kernel, task, vma, end, new_below=False)
        except KernelError:
            vm_unacct_memory(kernel, mm, charged)
            raise
    kernel.own(vma)
    vma.flags = flags
    change_protection(kernel, vma, start, end)
    vm_stat_account(kernel, mm, old, vma.file, -pages)
    vm_stat_account(kernel, mm, flags, vma.file, pages)
    return vma


def vma_wants_writenotify(vma: Vma) -> bool:
    """Must the kernel see the first write to each page of a shared mapping? Files on a disk want to know."""
    writable = Vm.WRITE | Vm.SHARED
    return vma.flags & writable == writable and vma.file is not None and vma.file.kind is FileKind.REGULAR


def change_protection(kernel: Kernel, vma: Vma, start: int, end: int) -> None:
    """Give the page-table entries of a range the protection of their VMA.

    The entries of a private mapping never become writable here: the next write takes a fault, which reuses or copies.
    """
    if vma.flags & Vm.HUGETLB:
        from thpsh.mm.hugetlb.mapped import hugetlb_change_protection

        hugetlb_change_protection(kernel, vma, start, end)
        return
    changed = 0
    for slot, mask in covered(start, end, vma.mm):
        entry = vma.mm.pmds[slot]
        if isinstance(entry, HugePmd):
            if mask == FULL and kernel.features.mprotect_huge and change_huge_pmd(kernel, vma, slot):
                continue
            split_huge_page_pmd(kernel, vma.mm, slot, SplitReason.MPROTECT)
            entry = vma.mm.pmds[slot]
            if mask != FULL:
                _split_late(kernel, vma, slot, mask)
        elif slot in vma.mm.stuck:
            kernel.own(vma.mm)
            vma.mm.stuck[slot] &= ~mask
        if not isinstance(entry, HugePmd):
            changed += _change_pte_range(kernel, vma, entry, mask)
    kernel.clock.spend(changed * kernel.cost.pte)


def _split_late(kernel: Kernel, vma: Vma, slot: int, mask: int) -> None:
    """The huge page was cut after the VMA (#5): all 512 entries got the protection of this one side of the boundary."""
    if not vma.flags & Vm.ACCESS and not kernel.features.devzero_private:
        kernel.own(vma.mm)
        vma.mm.stuck[slot] = FULL ^ mask


def _change_pte_range(kernel: Kernel, vma: Vma, table: PageTable, mask: int) -> int:
    """Set or clear the write bits of present entries; returns how many entries there were."""
    present = table.present & mask
    if present:
        kernel.own(table)
        table.writable &= ~present
        if vma.flags & (Vm.WRITE | Vm.SHARED) == Vm.WRITE | Vm.SHARED:
            table.writable |= present & (table.dirty if vma_wants_writenotify(vma) else present) & ~table.special
    return present.bit_count()
