"""The system call mremap (mm/mremap.c)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from thpsh.errors import Errno, KernelError
from thpsh.mm.ksm.unmerge import break_ksm
from thpsh.mm.locks import syscall
from thpsh.mm.mlock_pages import mlock_vma_pages_range
from thpsh.mm.mman import Map, Mremap
from thpsh.mm.move_page_tables import move_page_tables
from thpsh.mm.munmap import do_munmap
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.overcommit import vm_enough_memory, vm_unacct_memory
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.unmapped_area import get_unmapped_area
from thpsh.mm.vma import check_map_count, may_expand_vm, mm_of, next_vma, vm_stat_account
from thpsh.mm.vma_adjust import vma_adjust
from thpsh.mm.vma_merge import Area, copy_vma
from thpsh.record import record
from thpsh.structs.page import PAGE_SHIFT, PAGE_SIZE, TASK_SIZE, page_align
from thpsh.structs.vma import Vm
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

_MOVE_VMAS = 4  # a move may need three more VMAs besides the new one


@record(frozen=True)
class RemapRequest:
    """The arguments of mremap: lengths in bytes; `new_addr` counts with MREMAP_FIXED only."""

    old: int
    old_len: int
    new_len: int
    flags: int = Mremap.MAYMOVE
    new_addr: int = 0


class _Resize(NamedTuple):
    """What is to become of a range: whole pages, lengths in bytes."""

    start: int
    old_len: int
    new_len: int

    @property
    def grown(self) -> int:
        """Pages it grows by."""
        return (self.new_len - self.old_len) >> PAGE_SHIFT


def mremap(kernel: Kernel, task: Task, request: RemapRequest) -> int:
    """Resize or move a mapping and return where it is.

    With an old length of 0 the mapping is shown a second time: shared memory really so, private memory as an empty
    mapping of the same kind.
    """
    mm = mm_of(task)
    old, flags = request.old, request.flags
    with syscall(kernel, mm, Syscall(task.pid, "mremap", old, request.old_len, f"to {request.new_len}"), "write"):
        kernel.clock.spend(kernel.cost.syscall)
        if old % PAGE_SIZE:
            raise KernelError(Errno.EINVAL, f"{old:#x} is no page boundary")
        if flags & ~(Mremap.FIXED | Mremap.MAYMOVE):
            raise KernelError(Errno.EINVAL, f"flags {flags:#x} are unknown")
        resize = _Resize(old, page_align(request.old_len), page_align(request.new_len))
        if resize.new_len <= 0:
            raise KernelError(Errno.EINVAL, "the new length is 0")
        if flags & Mremap.FIXED:
            if not flags & Mremap.MAYMOVE:
                raise KernelError(Errno.EINVAL, "MREMAP_FIXED needs MREMAP_MAYMOVE")
            return retry_after_oom(kernel, task, partial(_mremap_to, kernel, task, mm, resize, request.new_addr))
        if resize.old_len >= resize.new_len:
            _shrink(kernel, task, mm, resize)
            return old
        may_move = bool(flags & Mremap.MAYMOVE)
        return retry_after_oom(kernel, task, partial(_expand, kernel, task, mm, resize, may_move=may_move))


def _shrink(kernel: Kernel, task: Task, mm: Mm, resize: _Resize) -> None:
    """Unmap what lies beyond the new length."""
    if resize.old_len != resize.new_len:
        do_munmap(kernel, task, mm, resize.start + resize.new_len, resize.old_len - resize.new_len)


def _vma_to_resize(kernel: Kernel, mm: Mm, resize: _Resize) -> tuple[Vma, int]:
    """The one VMA that holds the range, and how many pages more are promised now."""
    vma = mm.vma_at(resize.start)
    if vma is None:
        raise KernelError(Errno.EFAULT, f"nothing is mapped at {resize.start:#x}")
    if vma.flags & Vm.HUGETLB:
        raise KernelError(Errno.EINVAL, "pages of hugetlbfs cannot be moved")
    if resize.old_len > vma.end - resize.start:
        raise KernelError(Errno.EFAULT, f"the range crosses the end of the VMA at {vma.end:#x}")
    if resize.grown > 0 and vma.flags & (Vm.DONTEXPAND | Vm.PFNMAP):
        raise KernelError(Errno.EFAULT, "a special mapping cannot grow")
    if not may_expand_vm(mm, resize.grown):
        raise KernelError(Errno.ENOMEM, "RLIMIT_AS")
    if not vma.flags & Vm.ACCOUNT:
        return vma, 0
    try:
        vm_enough_memory(kernel, mm, resize.grown)
    except KernelError as error:
        raise KernelError(Errno.EFAULT, error.why) from error
    return vma, resize.grown


def _expand(kernel: Kernel, task: Task, mm: Mm, resize: _Resize, *, may_move: bool) -> int:
    """Grow in place if the range ends its VMA and there is room, else move."""
    vma, charged = _vma_to_resize(kernel, mm, resize)
    if resize.start + resize.old_len == vma.end and _vma_expandable(kernel, vma, resize.new_len - resize.old_len):
        _grow_in_place(kernel, task, vma, resize)
        return resize.start
    try:
        if not may_move:
            raise KernelError(Errno.ENOMEM, "no room to grow in place, and the mapping may not move")
        address = get_unmapped_area(kernel, mm, 0, resize.new_len)
        return _move_vma(kernel, task, vma, resize, address)
    except (KernelError, OutOfMemory):
        vm_unacct_memory(kernel, mm, 0 if task.dead else charged)  # exit_mmap gives back all that a dead one had
        raise


def _vma_expandable(kernel: Kernel, vma: Vma, delta: int) -> bool:
    end = vma.end + delta
    above = next_vma(vma)
    if above is not None and above.start < end:
        return False
    try:
        get_unmapped_area(kernel, vma.mm, vma.start, end - vma.start, Map.FIXED)
    except KernelError:
        return False
    return True


def _grow_in_place(kernel: Kernel, task: Task, vma: Vma, resize: _Resize) -> None:
    """Move the end of a VMA up; it is not merged, so nothing registers with khugepaged."""
    mm, end = vma.mm, resize.start + resize.new_len
    vma_adjust(kernel, vma, vma.start, end, vma.pgoff)
    kernel.own(mm)
    mm.total_vm += resize.grown
    vm_stat_account(kernel, mm, vma.flags, vma.file, resize.grown)
    if vma.flags & Vm.LOCKED:
        mm.locked_vm += resize.grown
        mlock_vma_pages_range(kernel, task, vma, resize.start + resize.old_len, end)


def _mremap_to(kernel: Kernel, task: Task, mm: Mm, resize: _Resize, address: int) -> int:
    """Move to a fixed place, which must not overlap the old one; what was there goes away."""
    start, old_len, new_len = resize
    if address % PAGE_SIZE:
        raise KernelError(Errno.EINVAL, f"{address:#x} is no page boundary")
    if address > TASK_SIZE - new_len:
        raise KernelError(Errno.EINVAL, f"the new place leaves user space, which ends at {TASK_SIZE:#x}")
    if start < address + new_len and address < start + max(old_len, 1):
        raise KernelError(Errno.EINVAL, "the old and the new place overlap")
    do_munmap(kernel, task, mm, address, new_len)
    if old_len >= new_len:
        _shrink(kernel, task, mm, resize)
        resize = resize._replace(old_len=new_len)
    vma, charged = _vma_to_resize(kernel, mm, resize)
    try:
        get_unmapped_area(kernel, mm, address, new_len, Map.FIXED)
        return _move_vma(kernel, task, vma, resize, address)
    except (KernelError, OutOfMemory):
        vm_unacct_memory(kernel, mm, 0 if task.dead else charged)  # exit_mmap gives back all that a dead one had
        raise


def _move_vma(kernel: Kernel, task: Task, vma: Vma, resize: _Resize, address: int) -> int:
    """Make a VMA at the new place, move the page tables there and unmap the old place.

    If there is not memory enough for page tables, what was moved goes back, and the new place is unmapped.
    """
    mm, flags = vma.mm, vma.flags
    start, old_len, new_len = resize
    check_map_count(kernel, mm, _MOVE_VMAS)
    if vma.flags & Vm.MERGEABLE:
        break_ksm(kernel, vma, start, start + old_len)
    area = Area(address, address + new_len, flags, vma.linear_page_index(start), vma.anon_vma, vma.file, vma.policy)
    old_start = vma.start
    new = copy_vma(kernel, task, vma, area)
    if new.start <= old_start < new.end:
        vma = new  # the source was merged into it
    lacking = move_page_tables(kernel, task, mm, (start, start + old_len), address)
    if lacking is not None:
        vma, start, old_len = new, address, new_len
    pages = new_len >> PAGE_SHIFT
    kernel.own(mm)
    hiwater = mm.hiwater_vm
    mm.total_vm += pages
    vm_stat_account(kernel, mm, vma.flags, vma.file, pages)
    _unmap_old(kernel, task, vma, (start, old_len))
    kernel.own(mm)
    mm.hiwater_vm = hiwater
    if flags & Vm.LOCKED:
        mm.locked_vm += pages
        if new_len > old_len:
            mlock_vma_pages_range(kernel, task, new, address + old_len, address + new_len)
    if lacking is not None:
        raise lacking
    return address


def _unmap_old(kernel: Kernel, task: Task, vma: Vma, old: tuple[int, int]) -> None:
    """Unmap the old place; what is promised for its pages now counts for the new one.

    VM_ACCOUNT is hidden meanwhile. If nothing can be unmapped, as with an old length of 0, the source stays without it.
    """
    start, length = old
    mm = vma.mm
    accounted = bool(vma.flags & Vm.ACCOUNT)
    excess = (vma.end - vma.start - length) >> PAGE_SHIFT if accounted else 0
    below, above = start > vma.start, start + length < vma.end
    kernel.own(vma)
    vma.flags &= ~Vm.ACCOUNT
    try:
        do_munmap(kernel, task, mm, start, length)
    except KernelError:
        vm_unacct_memory(kernel, mm, excess)
        return
    pieces = [vma] if below else []
    pieces += [rest for rest in (mm.vma_at(start + length),) if rest is not None and above]
    for rest in pieces if accounted else []:
        kernel.own(rest)
        rest.flags |= Vm.ACCOUNT
