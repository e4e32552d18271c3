"""Making a new mapping (mm/mmap.c: do_mmap_pgoff, mmap_region)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.follow import make_pages_present
from thpsh.mm.mlock_pages import mlock_vma_pages_range, populate_locked
from thpsh.mm.mman import Map, Prot
from thpsh.mm.munmap import do_munmap
from thpsh.mm.overcommit import NEVER, vm_enough_memory
from thpsh.mm.shmem import shmem_zero_setup
from thpsh.mm.unmapped_area import get_unmapped_area
from thpsh.mm.vma import check_map_count, find_vma_prev, may_expand_vm, vm_stat_account, vma_link
from thpsh.mm.vma_merge import Area, vma_merge
from thpsh.record import record
from thpsh.structs.page import HPAGE_MASK, HPAGE_SIZE, PAGE_SHIFT, PAGE_SIZE, page_align
from thpsh.structs.page_cache import FileKind
from thpsh.structs.vma import Vm, Vma

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import File
    from thpsh.structs.task import Task


@record(frozen=True)
class MapRequest:
    """The arguments of mmap; without a file the mapping is anonymous."""

    addr: int
    length: int  # bytes
    prot: int = Prot.READ | Prot.WRITE
    flags: int = Map.PRIVATE | Map.ANONYMOUS
    file: File | None = None
    pgoff: int = 0


def do_mmap(kernel: Kernel, task: Task, mm: Mm, request: MapRequest) -> int:
    """Map what was asked for and return where; its pages come later (populate)."""
    length = page_align(request.length)
    if request.length <= 0:
        raise KernelError(Errno.EINVAL, "the length is 0")
    if length >= 1 << 64:
        raise KernelError(Errno.ENOMEM, "the length is larger than any address space")
    if request.pgoff + (length >> PAGE_SHIFT) >= 1 << 64:
        raise KernelError(Errno.EOVERFLOW, "the offset plus the length exceeds 64 bits")
    check_map_count(kernel, mm, 0)
    file, pgoff = request.file, request.pgoff
    if request.flags & Map.HUGETLB:
        if file is not None:
            raise KernelError(Errno.EINVAL, "MAP_HUGETLB maps memory without a file")
        length = length + HPAGE_SIZE - 1 & HPAGE_MASK
        from thpsh.mm.hugetlb.file import hugetlb_file_setup

        file = hugetlb_file_setup(kernel, length)
    hint = request.addr if request.flags & Map.FIXED else _round_hint_to_min(kernel, request.addr)
    start = get_unmapped_area(kernel, mm, hint, length, request.flags)
    if file is None:
        pgoff = 0 if request.flags & Map.TYPE == Map.SHARED else start >> PAGE_SHIFT
    area = Area(start, start + length, _vm_flags(mm, request), pgoff, None, file)
    return _mmap_region(kernel, task, mm, area, request.flags)


def _round_hint_to_min(kernel: Kernel, hint: int) -> int:
    """No hint below mmap_min_addr is taken."""
    hint &= -PAGE_SIZE
    return max(hint, page_align(kernel.sysctl.mmap_min_addr)) if hint else 0


def _vm_flags(mm: Mm, request: MapRequest) -> int:
    """vm_flags of a new mapping."""
    flags = request.prot & Prot.ACCESS | mm.def_flags | Vm.MAY
    flags |= Vm.GROWSDOWN if request.flags & Map.GROWSDOWN else 0
    flags |= Vm.LOCKED if request.flags & Map.LOCKED else 0
    flags |= Vm.HUGETLB | Vm.RESERVED if request.flags & Map.HUGETLB else 0
    kind = request.flags & Map.TYPE
    if kind == Map.SHARED:
        return flags | Vm.SHARED | Vm.MAYSHARE
    if kind == Map.PRIVATE:
        return flags
    raise KernelError(Errno.EINVAL, "a mapping is either private or shared")


def accountable_mapping(file: File | None, flags: int) -> bool:
    """Do the pages of a mapping count as promised? Private writable ones do."""
    if file is not None and file.kind is FileKind.HUGETLB:
        return False
    return flags & (Vm.NORESERVE | Vm.SHARED | Vm.WRITE) == Vm.WRITE


def _mmap_region(kernel: Kernel, task: Task, mm: Mm, area: Area, map_flags: int) -> int:
    clear_old_maps(kernel, task, mm, area.start, area.end)
    pages = (area.end - area.start) >> PAGE_SHIFT
    if not may_expand_vm(mm, pages):
        raise KernelError(Errno.ENOMEM, "RLIMIT_AS")
    flags = area.flags
    if map_flags & Map.NORESERVE and kernel.sysctl.overcommit_memory != NEVER:
        flags |= Vm.NORESERVE
    if accountable_mapping(area.file, flags):
        vm_enough_memory(kernel, mm, pages)
        flags |= Vm.ACCOUNT
    area = area._replace(flags=flags)
    _, prev = find_vma_prev(mm, area.start)
    file = area.file
    if vma_merge(kernel, task, mm, prev, area) is None:
        file = _new_vma(kernel, task.cpu, mm, area).file
    kernel.own(mm)
    mm.total_vm += pages
    vm_stat_account(kernel, mm, flags, file, pages)
    if flags & Vm.LOCKED and not flags & Vm.SPECIAL:
        mm.locked_vm += pages
    return area.start


def populate(kernel: Kernel, task: Task, mm: Mm, part: tuple[int, int], flags: int) -> None:
    """Fault in a new mapping that is locked or that MAP_POPULATE asked for; memory without access stays empty."""
    start, end = part
    vma = mm.vma_at(start)
    if vma is None:
        return
    with suppress(KernelError):
        if vma.flags & Vm.LOCKED and vma.flags & Vm.SPECIAL:
            mlock_vma_pages_range(kernel, task, vma, start, end)
        elif vma.flags & Vm.LOCKED:
            populate_locked(kernel, task, vma, start, end)
        elif flags & Map.POPULATE and not flags & Map.NONBLOCK:
            make_pages_present(kernel, task, vma, start, end)


def clear_old_maps(kernel: Kernel, task: Task, mm: Mm, start: int, end: int) -> None:
    """Unmap what is in the way of a new mapping; any failure becomes ENOMEM."""
    vma = mm.find_vma(start)
    if vma is None or vma.start >= end:
        return
    try:
        do_munmap(kernel, task, mm, start, end - start)
    except KernelError as error:
        raise KernelError(Errno.ENOMEM, error.why) from error


def _new_vma(kernel: Kernel, cpu: int, mm: Mm, area: Area) -> Vma:
    """A VMA for an area that no neighbour took in; shared memory gets its file here, hugetlbfs its promise."""
    file, pgoff = area.file, area.pgoff
    if area.flags & Vm.SHARED and (file is None or file.kind is FileKind.DEVZERO):
        file = shmem_zero_setup(kernel, area.end - area.start, area.flags)
    elif file is not None and area.flags & Vm.GROWSDOWN:
        raise KernelError(Errno.EINVAL, "a file cannot back a mapping that grows down")
    vma = Vma(mm, area.start, area.end, area.flags, pgoff, file, epoch=kernel.epoch)
    if area.flags & Vm.HUGETLB:
        from thpsh.mm.hugetlb.reserve import reserve_pages

        reserve_pages(kernel, cpu, vma)
    vma_link(kernel, vma)
    return vma
