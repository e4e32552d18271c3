"""Where a new mapping goes: top-down from mmap_base, or bottom-up (mm/mmap.c, arch/x86/mm/mmap.c).

The search remembers where it ended (free_area_cache) and the largest hole it passed (cached_hole_size), so that the
next one need not begin at the top. No address is rounded to 2 MiB in this era.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.mman import Map
from thpsh.structs.page import HPAGE_MASK, HPAGE_SIZE, MIB, PAGE_SIZE, TASK_SIZE, page_align

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm

TASK_UNMAPPED_BASE: Final = page_align(TASK_SIZE // 3)
_MAX_HOLE: Final = (1 << 64) - 1  # ~0UL: larger than any
_MIN_GAP: Final = 128 * MIB  # below the top of the stack
_MAX_GAP: Final = TASK_SIZE // 6 * 5


def arch_pick_mmap_layout(kernel: Kernel, mm: Mm) -> None:
    """Choose the base of a new address space: below the stack, or a third up with the sysctl legacy_va_layout.

    Like the captured machine the host does not randomise (randomize_va_space is 0): addresses are the same every time.
    """
    kernel.own(mm)
    if kernel.sysctl.legacy_va_layout:
        mm.mmap_base = TASK_UNMAPPED_BASE
    else:
        mm.mmap_base = page_align(TASK_SIZE - min(max(mm.stack_limit, _MIN_GAP), _MAX_GAP))
    mm.free_area_cache = mm.mmap_base
    mm.cached_hole_size = 0


def grows_up(mm: Mm) -> bool:
    """Was the address space laid out with legacy_va_layout? Its base lies in the lower half."""
    return mm.mmap_base < TASK_SIZE // 2


def get_unmapped_area(kernel: Kernel, mm: Mm, address: int, length: int, flags: int = 0) -> int:
    """The address for a mapping: the wanted one if it is free (or MAP_FIXED insists), else one the search finds."""
    if length > TASK_SIZE:
        raise KernelError(Errno.ENOMEM, f"{length} bytes are more than the address space has")
    if flags & Map.FIXED:
        found = address
    elif flags & Map.HUGETLB:
        found = _search_aligned(kernel, mm, address, length)
    else:
        found = _search(kernel, mm, address, length)
    if found > TASK_SIZE - length:
        raise KernelError(Errno.ENOMEM, f"{found:#x} plus {length} bytes lies beyond the end of user space")
    if found % PAGE_SIZE:
        raise KernelError(Errno.EINVAL, f"{found:#x} is no multiple of {PAGE_SIZE}")
    if flags & Map.HUGETLB and found % HPAGE_SIZE:
        raise KernelError(Errno.EINVAL, f"{found:#x} is no multiple of {HPAGE_SIZE}, as hugetlbfs needs it")
    return found


def _search_aligned(kernel: Kernel, mm: Mm, address: int, length: int) -> int:
    """A place on a 2 MiB boundary (hugetlb_get_unmapped_area)."""
    wanted = address + HPAGE_SIZE - 1 & HPAGE_MASK
    if wanted and wanted <= TASK_SIZE - length and _free(mm, wanted, length):
        return wanted
    hole = _search(kernel, mm, 0, length + HPAGE_SIZE - PAGE_SIZE)
    return hole + HPAGE_SIZE - PAGE_SIZE & HPAGE_MASK


def _search(kernel: Kernel, mm: Mm, address: int, length: int) -> int:
    if address:
        address = page_align(address)
        if address <= TASK_SIZE - length and _free(mm, address, length):
            return address
    kernel.own(mm)
    return _bottom_up(mm, length) if grows_up(mm) else _top_down(mm, length)


def _free(mm: Mm, address: int, length: int) -> bool:
    vma = mm.find_vma(address)
    return vma is None or address + length <= vma.start


def _top_down(mm: Mm, length: int) -> int:
    """arch_get_unmapped_area_topdown."""
    if length <= mm.cached_hole_size:
        mm.cached_hole_size = 0
        mm.free_area_cache = mm.mmap_base
    address = mm.free_area_cache - length
    if address > 0 and _free(mm, address, length):
        mm.free_area_cache = address
        return address
    address = mm.mmap_base - length
    place = mm.find(address) if address >= 0 else -1
    while address > 0:
        vma = mm.vmas[place] if place < len(mm.vmas) else None
        if vma is None or address + length <= vma.start:
            mm.free_area_cache = address
            return address
        if address + mm.cached_hole_size < vma.start:
            mm.cached_hole_size = vma.start - address
        address = vma.start - length
        while place > 0 and mm.vmas[place - 1].end > address:
            place -= 1
    mm.cached_hole_size = _MAX_HOLE
    mm.free_area_cache = TASK_UNMAPPED_BASE
    found = _bottom_up(mm, length)
    mm.free_area_cache = mm.mmap_base
    mm.cached_hole_size = _MAX_HOLE
    return found


def _bottom_up(mm: Mm, length: int) -> int:
    """arch_get_unmapped_area."""
    if length <= mm.cached_hole_size:
        mm.cached_hole_size = 0
        mm.free_area_cache = TASK_UNMAPPED_BASE
    first = max(mm.free_area_cache, TASK_UNMAPPED_BASE)
    found = _lowest_hole(mm, first, length)
    if found is None and first != TASK_UNMAPPED_BASE:
        mm.cached_hole_size = 0
        found = _lowest_hole(mm, TASK_UNMAPPED_BASE, length)
    if found is None:
        raise KernelError(Errno.ENOMEM, f"no hole of {length} bytes in the address space")
    mm.free_area_cache = found + length
    return found


def _lowest_hole(mm: Mm, address: int, length: int) -> int | None:
    for place in range(mm.find(address), len(mm.vmas)):
        vma = mm.vmas[place]
        if address + length <= vma.start:
            break
        if address + mm.cached_hole_size < vma.start:
            mm.cached_hole_size = vma.start - address
        address = vma.end
    return address if address <= TASK_SIZE - length else None


def arch_unmap_area(kernel: Kernel, mm: Mm, hole: int) -> None:
    """Note a hole that an unmapping made: its upper end when the search goes down, its lower end when it goes up."""
    kernel.own(mm)
    if not grows_up(mm):
        mm.free_area_cache = min(max(mm.free_area_cache, hole), mm.mmap_base)
    elif TASK_UNMAPPED_BASE <= hole < mm.free_area_cache:
        mm.free_area_cache = hole
        mm.cached_hole_size = _MAX_HOLE
