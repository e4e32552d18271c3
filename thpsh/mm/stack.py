"""The stack grows by being touched (mm/mmap.c: expand_stack; mm/memory.c: check_stack_guard_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.huge_memory.mm_slot import khugepaged_enter_vma_merge
from thpsh.mm.overcommit import vm_enough_memory
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.mm.vma import may_expand_vm, prev_vma, set_bounds, vm_stat_account
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.vma import Vma


class GuardPage(KernelError):
    """A stack has no room for its guard page (VM_FAULT_SIGBUS): SIGBUS for a program, EFAULT for a system call."""

    def __init__(self, address: int) -> None:
        super().__init__(Errno.EFAULT, f"another mapping adjoins the stack at {address:#x}")
        self.address = address


def expand_stack(kernel: Kernel, vma: Vma, address: int) -> bool:
    """Let a VM_GROWSDOWN VMA begin at the page of an address below it; False if that may not be (SIGSEGV).

    Growing by small steps is what keeps huge pages out of stacks: a slot lies inside the VMA only when its last page
    is touched. It does not merge or split anything, but may register the process with khugepaged.
    """
    anon_vma_prepare(kernel, vma)
    address &= -PAGE_SIZE
    grown = address >= vma.start or _grow(kernel, vma, address)
    khugepaged_enter_vma_merge(kernel, vma)
    return grown


def _grow(kernel: Kernel, vma: Vma, address: int) -> bool:
    mm = vma.mm
    pages = (vma.start - address) >> PAGE_SHIFT
    if pages > vma.pgoff or vma.end - address > mm.stack_limit or not may_expand_vm(mm, pages):
        return False
    try:
        vm_enough_memory(kernel, mm, pages if vma.flags & Vm.ACCOUNT else 0)
    except KernelError:
        return False
    kernel.own(mm)
    mm.total_vm += pages
    if vma.flags & Vm.LOCKED:
        mm.locked_vm += pages
    vm_stat_account(kernel, mm, vma.flags, vma.file, pages)
    set_bounds(kernel, vma, address, vma.end, vma.pgoff - pages)
    return True


def guard_page(vma: Vma, address: int) -> bool:
    """Is the page at an address the guard page of a stack, its lowest one (stack_guard_page_start)?"""
    if not vma.flags & Vm.GROWSDOWN or address & -PAGE_SIZE != vma.start:
        return False
    below = prev_vma(vma)
    return below is None or below.end != vma.start or not below.flags & Vm.GROWSDOWN


def check_stack_guard_page(kernel: Kernel, vma: Vma, address: int) -> bool:
    """Before a fault on the lowest page of a stack, grow it by one more; False where another mapping adjoins it."""
    if not guard_page(vma, address):
        return True
    below = prev_vma(vma)
    if below is not None and below.end == vma.start:
        return False
    expand_stack(kernel, vma, vma.start - PAGE_SIZE)
    return True
