"""Moving the boundaries of VMAs and cutting them in two (mm/mmap.c: vma_adjust, split_vma)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError, ModelBug
from thpsh.mm.fault_inject import should_fail
from thpsh.mm.huge_memory.split import vma_adjust_trans_huge
from thpsh.mm.rmap import anon_vma_clone, unlink_anon_vmas
from thpsh.mm.vma import check_map_count, next_vma, set_bounds, vma_link, vma_unlink
from thpsh.structs.page import HPAGE_SIZE, PAGE_SHIFT
from thpsh.structs.vma import Vm, Vma
from thpsh.trace.events.vma import VmaSplit

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


def vma_adjust(kernel: Kernel, vma: Vma, start: int, end: int, pgoff: int) -> None:
    """Move the ends of a VMA; the one above gives way or follows.

    Growing over the next one removes it (twice, if need be), growing into it moves the boundary up; boundary_down()
    does the opposite. Huge pages that a new boundary cuts are split first.
    """
    after = next_vma(vma)
    if after is None or end <= after.start:
        _move_ends(kernel, vma, start, end, pgoff)
    elif end < after.end:
        _boundary_up(kernel, vma, after, end)
    else:
        _swallow(kernel, vma, after, start, pgoff)
        if end > vma.end:
            vma_adjust(kernel, vma, start, end, pgoff)


def _move_ends(kernel: Kernel, vma: Vma, start: int, end: int, pgoff: int) -> None:
    """Move the ends while no neighbour is touched."""
    vma_adjust_trans_huge(kernel, vma, start, end, 0, None)
    set_bounds(kernel, vma, start, end, pgoff)
    kernel.clock.spend(kernel.cost.vma)


def _import_anon_vma(kernel: Kernel, importer: Vma, exporter: Vma) -> None:
    """Let a VMA that takes over pages of another be found from them."""
    if exporter.anon_vma is not None and importer.anon_vma is None:
        kernel.own(importer)
        anon_vma_clone(kernel, importer, exporter)
        importer.anon_vma = exporter.anon_vma


def _swallow(kernel: Kernel, vma: Vma, after: Vma, start: int, pgoff: int) -> None:
    """Grow over all of the next VMA, which goes away (anon_vma_merge)."""
    _import_anon_vma(kernel, vma, after)
    vma_adjust_trans_huge(kernel, vma, start, after.end, 0, after)
    end = after.end
    vma_unlink(kernel, after)
    set_bounds(kernel, vma, start, end, pgoff)
    if after.anon_vma is not None:
        if after.anon_vma is not vma.anon_vma:
            raise ModelBug(f"VMAs at {vma.start:#x} and {after.start:#x} merge with different anon_vmas")
        unlink_anon_vmas(kernel, after)


def _boundary_up(kernel: Kernel, vma: Vma, after: Vma, end: int) -> None:
    """Take the lower part of the next VMA (merge case 5)."""
    pages = (end - after.start) >> PAGE_SHIFT
    _import_anon_vma(kernel, vma, after)
    vma_adjust_trans_huge(kernel, vma, vma.start, end, pages, after)
    set_bounds(kernel, after, end, after.end, after.pgoff + pages)
    set_bounds(kernel, vma, vma.start, end, vma.pgoff)
    kernel.clock.spend(kernel.cost.vma)


def boundary_down(kernel: Kernel, vma: Vma, end: int) -> None:
    """Give the upper part of a VMA to the adjacent next one (merge case 4)."""
    after = next_vma(vma)
    if after is None or after.start != vma.end:
        raise ModelBug(f"nothing adjoins {vma.end:#x}")
    pages = (vma.end - end) >> PAGE_SHIFT
    _import_anon_vma(kernel, after, vma)
    vma_adjust_trans_huge(kernel, vma, vma.start, end, -pages, after)
    set_bounds(kernel, vma, vma.start, end, vma.pgoff)
    set_bounds(kernel, after, end, after.end, after.pgoff - pages)
    kernel.clock.spend(kernel.cost.vma)


def split_vma(kernel: Kernel, task: Task, vma: Vma, address: int, *, new_below: bool) -> Vma:
    """Cut a VMA in two and return the new one, below or above the address; ENOMEM at max_map_count."""
    check_map_count(kernel, vma.mm, 1)
    return split_vma_unchecked(kernel, task, vma, address, new_below=new_below)


def split_vma_unchecked(kernel: Kernel, task: Task, vma: Vma, address: int, *, new_below: bool) -> Vma:
    """The same without a limit, for munmap, which must not fail there (__split_vma)."""
    if vma.flags & Vm.HUGETLB and address % HPAGE_SIZE:
        raise KernelError(Errno.EINVAL, f"{address:#x} lies inside a page of hugetlbfs")
    if kernel.tables.inject and should_fail(kernel, "vma_alloc"):
        raise KernelError(Errno.ENOMEM, "no memory for another VMA (inject vma_alloc)")
    pages = (address - vma.start) >> PAGE_SHIFT
    start, end, pgoff = (vma.start, address, vma.pgoff) if new_below else (address, vma.end, vma.pgoff + pages)
    new = Vma(vma.mm, start, end, vma.flags, pgoff, vma.file, vma.anon_vma, [], vma.policy, epoch=kernel.epoch)
    new.reserve, new.reserve_lost = vma.reserve, vma.reserve_lost
    anon_vma_clone(kernel, new, vma)
    if new_below:
        _move_ends(kernel, vma, address, vma.end, vma.pgoff + pages)
    else:
        _move_ends(kernel, vma, vma.start, address, vma.pgoff)
    vma_link(kernel, new)
    kernel.trace.emit(VmaSplit(task.pid, address))
    return new
