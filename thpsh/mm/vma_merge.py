"""Merging a range with its neighbours instead of making a VMA of its own (mm/mmap.c: vma_merge, copy_vma)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.huge_memory.mm_slot import khugepaged_enter_vma_merge
from thpsh.mm.rmap import anon_vma_clone
from thpsh.mm.vma import find_vma_prev, next_vma, vma_link
from thpsh.mm.vma_adjust import boundary_down, vma_adjust
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.page_cache import FileKind
from thpsh.structs.vma import Vm, Vma
from thpsh.trace.events.vma import VmaMerge

if TYPE_CHECKING:
    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mempolicy import MemPolicy
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import File
    from thpsh.structs.task import Task


class Area(NamedTuple):
    """A range and what it is to be: what vma_merge compares with the neighbours."""

    start: int
    end: int
    flags: int
    pgoff: int
    anon_vma: AnonVma | None = None
    file: File | None = None
    policy: MemPolicy | None = None

    @property
    def end_pgoff(self) -> int:
        """The page offset just after it."""
        return self.pgoff + ((self.end - self.start) >> PAGE_SHIFT)


def part_of(vma: Vma, start: int, end: int, flags: int) -> Area:
    """A part of a VMA that is about to change its flags."""
    return Area(start, end, flags, vma.linear_page_index(start), vma.anon_vma, vma.file, vma.policy)


def has_close(file: File | None) -> bool:
    """Have mappings of the file a close operation, which forbids merging?"""
    return file is not None and file.kind in (FileKind.SPECIAL, FileKind.HUGETLB)


def _is_mergeable_anon_vma(kernel: Kernel, first: AnonVma | None, second: AnonVma | None, vma: Vma | None) -> bool:
    """Same anon_vma, or one is missing and the VMA that grows has a chain of one link (since 3.0-rc1)."""
    if first is None or second is None:
        return vma is None or len(vma.chain) == 1 or first is second or not kernel.features.vma_merge_singular
    return first is second


def _is_mergeable_vma(vma: Vma, area: Area) -> bool:
    same = vma.flags == area.flags and vma.file is area.file and vma.policy == area.policy
    return same and not has_close(vma.file)


def can_vma_merge_before(kernel: Kernel, vma: Vma, area: Area) -> bool:
    """Can a VMA grow downwards over an area that ends where it begins?"""
    return (
        _is_mergeable_vma(vma, area)
        and _is_mergeable_anon_vma(kernel, area.anon_vma, vma.anon_vma, vma)
        and vma.pgoff == area.end_pgoff
    )


def can_vma_merge_after(kernel: Kernel, vma: Vma, area: Area) -> bool:
    """Can a VMA grow upwards over an area that begins where it ends?"""
    return (
        _is_mergeable_vma(vma, area)
        and _is_mergeable_anon_vma(kernel, area.anon_vma, vma.anon_vma, vma)
        and vma.pgoff + vma.nr_pages == area.pgoff
    )


def vma_merge(kernel: Kernel, task: Task, mm: Mm, prev: Vma | None, area: Area) -> Vma | None:
    """Make an area part of a neighbour and return that, or None; the caller sets the flags of what is returned.

    `prev` is the VMA before the area, or the one that holds it without beginning there. The area is free (mmap, brk,
    mremap) or a part of one VMA whose flags are about to change (mprotect, madvise, mlock, mbind).
    """
    if area.flags & Vm.SPECIAL:
        return None
    below = next_vma(prev) if prev is not None else (mm.vmas[0] if mm.vmas else None)
    above = below
    if above is not None and above.end == area.end:  # the area is all of `below`: cases 6, 7, 8
        above = next_vma(above)
    if above is not None and (above.start != area.end or not can_vma_merge_before(kernel, above, area)):
        above = None
    if prev is not None and prev.end == area.start and can_vma_merge_after(kernel, prev, area):
        merged = _extend(kernel, prev, above, area)
    elif above is not None and below is not None:
        merged = _extend_down(kernel, prev, (below, above), area)
    else:
        return None
    khugepaged_enter_vma_merge(kernel, merged)
    kernel.trace.emit(VmaMerge(task.pid, area.start, area.end))
    return merged


def _extend(kernel: Kernel, prev: Vma, above: Vma | None, area: Area) -> Vma:
    """Grow the lower neighbour over the area (cases 2, 5, 7) and the upper neighbour, if it fits too (1, 6)."""
    end = area.end
    if above is not None and _is_mergeable_anon_vma(kernel, prev.anon_vma, above.anon_vma, None):
        end = above.end
    vma_adjust(kernel, prev, prev.start, end, prev.pgoff)
    return prev


def _extend_down(kernel: Kernel, prev: Vma | None, upper: tuple[Vma, Vma], area: Area) -> Vma:
    """Grow the upper neighbour down over the area: the end of prev (4), free space (3) or all of a VMA (8)."""
    below, above = upper
    if prev is not None and area.start < prev.end:
        boundary_down(kernel, prev, area.start)
    else:
        pages = (area.end - area.start) >> PAGE_SHIFT
        vma_adjust(kernel, below, area.start, above.end, above.pgoff - pages)
    return below


def copy_vma(kernel: Kernel, task: Task, vma: Vma, area: Area) -> Vma:
    """The VMA at the target of a move: a neighbour that takes the area in, or a copy of the source.

    An anonymous source that was never faulted gets the page offset of its new place. If the source itself is merged
    away, the returned VMA is what holds its pages.
    """
    mm = vma.mm
    if vma.file is None and vma.anon_vma is None:
        area = area._replace(pgoff=area.start >> PAGE_SHIFT)
    _, prev = find_vma_prev(mm, area.start)
    merged = vma_merge(kernel, task, mm, prev, area)
    if merged is not None:
        return merged
    new = Vma(
        mm, area.start, area.end, vma.flags, area.pgoff, vma.file, vma.anon_vma, [], vma.policy, epoch=kernel.epoch
    )
    anon_vma_clone(kernel, new, vma)
    vma_link(kernel, new)
    return new
