"""What a frame number stands for, and how many references its page has (pfn_valid, is_free_buddy_page, page_count)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy import free_mask
from thpsh.structs.bits import PAGES, span
from thpsh.structs.page import MIB, PAGE_SHIFT, PAGEBLOCK_ORDER

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

SECTION: Final = 128 * MIB >> PAGE_SHIFT  # there is a memory map for sections that hold any memory


class PageKind(Enum):
    """Who has a page."""

    RESERVED = "reserved"  # the kernel's image, firmware, holes between memory
    KERNEL = "kernel"  # the kernel's own, page tables included
    SLAB = "slab"
    BUDDY = "buddy"  # free
    PCP = "pcp"  # free, in a CPU's list: the kernel does not see that it is
    LOST = "lost"  # refused by the page allocator
    HUGETLB = "hugetlb"  # of the pool, free or not
    USER = "user"  # anonymous memory or page cache, or what is left of them


def pfn_valid(kernel: Kernel, pfn: int) -> bool:
    """Is there a struct page for a frame number?"""
    section = pfn // SECTION
    return any(
        first // SECTION <= section <= (last - 1) // SECTION for zone in kernel.zones for first, last in zone.usable
    )


def kind_of(kernel: Kernel, pfn: int) -> PageKind:
    """Who has the page of a valid frame number."""
    index = pfn >> PAGEBLOCK_ORDER
    zone = kernel.zone_of(index)
    if _within(zone.reserved, pfn) or not _within(zone.usable, pfn):
        return PageKind.RESERVED
    if _within(zone.held, pfn):
        return PageKind.KERNEL
    if index in kernel.hugetlb.pages:
        return PageKind.HUGETLB
    block = zone.pageblocks.get(index)
    return PageKind.BUDDY if block is None else _kind_in(kernel, block, 1 << (pfn & PAGES - 1))


def _kind_in(kernel: Kernel, block: Pageblock, bit: int) -> PageKind:
    if block.tables & bit:
        return PageKind.KERNEL
    if block.kernel & bit:
        return PageKind.SLAB if slab_mask(kernel, block) & bit else PageKind.KERNEL
    if block.pcp & bit:
        return PageKind.PCP
    if block.rare is not None and block.rare.lost & bit:
        return PageKind.LOST
    return PageKind.USER if user_mask(block) & bit else PageKind.BUDDY


def _within(ranges: tuple[tuple[int, int], ...], pfn: int) -> bool:
    return any(first <= pfn < last for first, last in ranges)


def frames_within(ranges: tuple[tuple[int, int], ...], index: int) -> int:
    """The frames of a pageblock that lie in ranges of frame numbers."""
    start, mask = index << PAGEBLOCK_ORDER, 0
    for first, last in ranges:
        low, high = max(first - start, 0), min(last - start, PAGES)
        if low < high:
            mask |= span(low, high)
    return mask


def user_mask(block: Pageblock) -> int:
    """The frames of a pageblock that processes or files have, or somebody still refers to after them."""
    mask = block.rare.held & ~(block.rare.lost | block.kernel | block.tables) if block.rare is not None else 0
    for owner in block.owners:
        mask |= owner.mask
    return mask


def slab_mask(kernel: Kernel, block: Pageblock) -> int:
    """The frames of a pageblock that hold slabs (PG_slab)."""
    mask = 0
    for owner, first, length in kernel.slab.runs:
        if owner is block:
            mask |= span(first, first + length)
    return mask


def wholly_free(zone: Zone, block: Pageblock) -> bool:
    """Is a pageblock that has an object free all the same, in the lists of order 9 or 10?"""
    used = block.pcp | block.tables | block.kernel | user_mask(block) | free_mask(block)
    held = any(first >> PAGEBLOCK_ORDER <= block.index <= last - 1 >> PAGEBLOCK_ORDER for first, last in zone.held)
    lost = block.rare.lost if block.rare is not None else 0
    return not (used | lost or held or block.huge)


def page_count(kernel: Kernel, pfn: int) -> int:
    """The references to a page, to its head if it is a compound one; free and lost pages have none (page_count)."""
    kind, index, frame = kind_of(kernel, pfn), pfn >> PAGEBLOCK_ORDER, pfn & PAGES - 1
    if kind in (PageKind.BUDDY, PageKind.PCP, PageKind.LOST):
        return 0
    if kind is PageKind.HUGETLB:
        return kernel.hugetlb.pages[index].count
    block = kernel.zone_of(index).pageblocks.get(index)
    if block is None:
        return 1
    if block.huge:
        return block.huge_mapcount + bool(block.pagevec) + sum(block.rare.pins.values() if block.rare else ())
    count = _user_references(block, frame) if kind is PageKind.USER else 1
    rare = block.rare
    return count + (rare.pins.get(frame, 0) - (rare.uncounted >> frame & 1) if rare is not None else 0)


def _user_references(block: Pageblock, frame: int) -> int:
    bit = 1 << frame
    count = block.mapcount(frame) + bool(block.cached & bit) + bool(block.pagevec & bit)
    rare = block.rare
    return count + ((frame in rare.swap) + bool(rare.isolated & bit) if rare is not None else 0)
