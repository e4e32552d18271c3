"""The VMAs of an address space as a sorted list, and its accounts (mm/mmap.c: vma_link, vm_stat_account)."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.overcommit import vm_enough_memory
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.page_cache import FileKind
from thpsh.structs.vma import Vm, Vma

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import File
    from thpsh.structs.task import Task

RLIM_PAGES: Final = (1 << 64) - 1 >> PAGE_SHIFT  # RLIMIT_AS: unlimited


def mm_of(task: Task) -> Mm:
    """The address space of a process; ESRCH for kernel threads and the dead."""
    if task.mm is None:
        raise KernelError(Errno.ESRCH, f"{task.name} has no address space")
    return task.mm


def place_of(vma: Vma) -> int:
    """The index of a VMA in the list of its address space."""
    return bisect_left(vma.mm.starts, vma.start)


def next_vma(vma: Vma) -> Vma | None:
    """The VMA above (vm_next)."""
    place = place_of(vma) + 1
    vmas = vma.mm.vmas
    return vmas[place] if place < len(vmas) else None


def prev_vma(vma: Vma) -> Vma | None:
    """The VMA below (vm_prev)."""
    place = place_of(vma)
    return vma.mm.vmas[place - 1] if place else None


def find_vma_prev(mm: Mm, address: int) -> tuple[Vma | None, Vma | None]:
    """The first VMA that ends above the address, and the one before it."""
    place = mm.find(address)
    vma = mm.vmas[place] if place < len(mm.vmas) else None
    return vma, mm.vmas[place - 1] if place else None


def vma_link(kernel: Kernel, vma: Vma) -> None:
    """Put a VMA into the list of its address space and on the list of its file."""
    mm = vma.mm
    kernel.own(mm)
    place = bisect_left(mm.starts, vma.start)
    mm.vmas.insert(place, vma)
    mm.starts.insert(place, vma.start)
    kernel.own(kernel.slab)
    kernel.slab.vmas += 1
    link_file(kernel, vma)
    kernel.clock.spend(kernel.cost.vma)


def vma_unlink(kernel: Kernel, vma: Vma) -> None:
    """Take a VMA out of the list of its address space and off the list of its file."""
    mm = vma.mm
    kernel.own(mm)
    place = place_of(vma)
    del mm.vmas[place]
    del mm.starts[place]
    kernel.own(kernel.slab)
    kernel.slab.vmas -= 1
    unlink_file_vma(kernel, vma)
    kernel.clock.spend(kernel.cost.vma)


def link_file(kernel: Kernel, vma: Vma) -> None:
    """Put a VMA on the list of its file's mappings (__vma_link_file)."""
    if vma.file is not None:
        kernel.own(vma.file.mapping)
        vma.file.mapping.maps[vma] = None


def unlink_file_vma(kernel: Kernel, vma: Vma) -> None:
    """Take a VMA off the list of its file's mappings."""
    if vma.file is not None:
        kernel.own(vma.file.mapping)
        vma.file.mapping.maps.pop(vma, None)


def set_bounds(kernel: Kernel, vma: Vma, start: int, end: int, pgoff: int) -> None:
    """Move the ends of a VMA; the list stays sorted, since no neighbour is crossed."""
    kernel.own(vma)
    if start != vma.start:
        kernel.own(vma.mm)
        vma.mm.starts[place_of(vma)] = start
    vma.start = start
    vma.end = end
    vma.pgoff = pgoff


def insert_vm_struct(kernel: Kernel, vma: Vma) -> None:
    """Give a new VMA its place: ENOMEM if something is mapped there or its pages cannot be promised."""
    mm = vma.mm
    if vma.file is None:
        kernel.own(vma)
        vma.pgoff = vma.start >> PAGE_SHIFT
    above = mm.find_vma(vma.start)
    if above is not None and above.start < vma.end:
        raise KernelError(Errno.ENOMEM, f"{above.start:#x} is mapped already")
    if vma.flags & Vm.ACCOUNT:
        vm_enough_memory(kernel, mm, vma.nr_pages)
    vma_link(kernel, vma)


def vm_stat_account(kernel: Kernel, mm: Mm, flags: int, file: File | None, pages: int) -> None:
    """Count pages of a mapping as shared, executable, stack or reserved, as /proc/PID/statm and status show them.

    The vdso has no vm_file in the kernel, so it counts as none of these.
    """
    kernel.own(mm)
    if file is not None and file.kind is not FileKind.SPECIAL:
        mm.shared_vm += pages
        if flags & (Vm.EXEC | Vm.WRITE) == Vm.EXEC:
            mm.exec_vm += pages
    elif flags & Vm.GROWSDOWN:
        mm.stack_vm += pages
    if flags & (Vm.RESERVED | Vm.IO):
        mm.reserved_vm += pages


def may_expand_vm(mm: Mm, pages: int) -> bool:
    """May an address space grow by so many pages (RLIMIT_AS)?"""
    return mm.total_vm + pages <= RLIM_PAGES


def check_map_count(kernel: Kernel, mm: Mm, room: int) -> None:
    """ENOMEM unless `room` more VMAs fit under the sysctl max_map_count."""
    limit = kernel.sysctl.max_map_count
    if len(mm.vmas) + room > limit:
        raise KernelError(Errno.ENOMEM, f"the process has {len(mm.vmas)} VMAs, max_map_count is {limit}")
