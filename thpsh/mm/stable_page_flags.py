"""The flags of pages as /proc/kpageflags shows them (fs/proc/page.c: stable_page_flags)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.isolate import ramfs_pages
from thpsh.mm.page_kind import SECTION, frames_within, slab_mask
from thpsh.structs.bits import FULL, PAGES, indices
from thpsh.structs.page import HPAGE_NR, MAX_ORDER, PAGEBLOCK_ORDER, Lru
from thpsh.structs.page_cache import AddressSpace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

# Bit numbers of linux/kernel-page-flags.h.
FLAGS: Final = {
    "locked": 0, "referenced": 2, "uptodate": 3, "dirty": 4, "lru": 5, "active": 6, "slab": 7, "writeback": 8,
    "buddy": 10, "mmap": 11, "anon": 12, "swapcache": 13, "swapbacked": 14, "compound_head": 15, "compound_tail": 16,
    "huge": 17, "unevictable": 18, "hwpoison": 19, "nopage": 20, "ksm": 21, "reserved": 32, "mlocked": 33,
}  # fmt: skip
_HEAD: Final = 1


def stable_page_flags(kernel: Kernel, pfn: int) -> int:
    """The flags of one page."""
    return page_flags(kernel, pfn >> PAGEBLOCK_ORDER)[pfn & PAGES - 1]


def page_flags(kernel: Kernel, index: int) -> list[int]:
    """The flags of the frames of a pageblock."""
    flags = [0] * HPAGE_NR
    for name, mask in _masks(kernel, index):
        bit = 1 << FLAGS[name]
        for frame in indices(mask):
            flags[frame] |= bit
    return flags


def _masks(kernel: Kernel, index: int) -> Iterator[tuple[str, int]]:
    """Each flag with the frames that have it."""
    zone = kernel.zone_of(index)
    start = index << PAGEBLOCK_ORDER
    section = start // SECTION
    if not any(first // SECTION <= section <= (last - 1) // SECTION for first, last in zone.usable):
        yield "nopage", FULL
        return
    yield "reserved", frames_within(zone.reserved, index) | FULL ^ frames_within(zone.usable, index)
    block = zone.pageblocks.get(index)
    if block is not None:
        yield from _used(block)
        yield "slab", slab_mask(kernel, block) if block.kernel else 0
        yield from (("buddy", starts) for blocks in (block.free or {}).values() for starts in blocks.starts)
    page = kernel.hugetlb.pages.get(index)
    if page is not None:
        yield from _of_the_pool(page)
    if _heads_free_block(zone, index):
        yield "buddy", _HEAD


def _of_the_pool(page: HugetlbPage) -> Iterator[tuple[str, int]]:
    """The flags of a page of hugetlbfs, but for those that its block has; nearly all stand on the head."""
    yield from (("huge", FULL), ("compound_head", _HEAD), ("compound_tail", FULL ^ _HEAD))
    for name, is_set in (("mmap", page.mapcount), ("anon", page.anon), ("uptodate", page.uptodate)):
        yield name, _HEAD if is_set else 0


def _heads_free_block(zone: Zone, index: int) -> bool:
    """Does a free block of order 9 or 10 begin with this pageblock?"""
    large = zone.area.lists[PAGEBLOCK_ORDER:MAX_ORDER]
    if any(index in listed.blocks for lists in large for listed in lists):
        return True
    return any(first <= index < last and not (index - first) & 1 for first, last in zone.area.virgin)


def _used(block: Pageblock) -> Iterator[tuple[str, int]]:
    """The flags of frames with an owner; of a huge page all but one stand on the head."""
    owned = backed = listed = unevictable = 0
    for owner in block.owners:
        owned |= owner.mask
        if not isinstance(owner.mapping, AddressSpace) or owner.mapping.swap_backed:
            backed |= owner.mask
    for entry in block.lru:
        listed |= entry.mask
        unevictable |= entry.mask if entry.home.kind == Lru.UNEVICTABLE else 0
    if block.huge:
        yield "compound_head", _HEAD
        yield "compound_tail", FULL ^ _HEAD
    head = _HEAD if block.huge else FULL
    masks = {
        "anon": owned & ~block.cached, "uptodate": owned, "swapbacked": backed, "lru": listed,
        "unevictable": unevictable, "mmap": FULL if block.huge_mapcount else block.once,
        "referenced": block.referenced, "dirty": block.dirty | ramfs_pages(block, FULL),
        "active": block.active, "mlocked": block.mlocked,
    }  # fmt: skip
    yield from ((name, mask & head) for name, mask in masks.items())
    rare = block.rare
    if rare is not None:
        yield "swapcache", sum(1 << frame for frame in rare.swap)
        yield from (("hwpoison", rare.hwpoison), ("ksm", rare.ksm), ("writeback", rare.writeback))
