"""/proc/kpagecount and kpageflags (fs/proc/page.c): 8 bytes a frame."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile
from thpsh.structs.bits import FULL, indices, span
from thpsh.structs.page import HPAGE_NR, MAX_ORDER, MIB, PAGE_SHIFT, PAGEBLOCK_ORDER, Lru
from thpsh.structs.page_cache import AddressSpace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

ENTRY: Final = 8
# Bit numbers of linux/kernel-page-flags.h.
FLAGS: Final = {
    "referenced": 2, "uptodate": 3, "dirty": 4, "lru": 5, "active": 6, "writeback": 8, "buddy": 10, "mmap": 11,
    "anon": 12, "swapcache": 13, "swapbacked": 14, "compound_head": 15, "compound_tail": 16, "huge": 17,
    "unevictable": 18, "hwpoison": 19, "nopage": 20, "ksm": 21, "reserved": 32, "mlocked": 33,
}  # fmt: skip
_SECTION: Final = 128 * MIB >> PAGE_SHIFT  # there is a memory map for sections that hold any memory
_HEAD: Final = 1


def _read(block_entries: Callable[[Kernel, int], list[int]], place: Place, offset: int, size: int) -> bytes:
    """Some entries of a file; `block_entries` gives the 512 of a pageblock."""
    if offset % ENTRY or size % ENTRY:
        raise KernelError(Errno.EINVAL, "offset and size must be multiples of 8")
    first = offset // ENTRY
    last = min(first + size // ENTRY, max(end for zone in place.kernel.zones for _, end in zone.usable))
    entries = array("Q")
    while first < last:
        index, frame = divmod(first, HPAGE_NR)
        count = min(last - first, HPAGE_NR - frame)
        entries.extend(block_entries(place.kernel, index)[frame : frame + count])
        first += count
    return entries.tobytes()


def page_counts(kernel: Kernel, index: int) -> list[int]:
    """How often each frame of a pageblock is mapped; a huge page counts at its head only."""
    counts = [0] * HPAGE_NR
    block = kernel.zone_of(index).pageblocks.get(index)
    if block is None:
        return counts
    if index in kernel.hugetlb.pages:
        counts[0] = kernel.hugetlb.pages[index].mapcount
    if block.huge:
        counts[0] = block.huge_mapcount
    for frame in indices(block.once):
        counts[frame] = block.mapcount(frame)
    return counts


def page_flags(kernel: Kernel, index: int) -> list[int]:
    """The flags of the frames of a pageblock (stable_page_flags)."""
    flags = [0] * HPAGE_NR
    for name, mask in _masks(kernel.zone_of(index), index):
        bit = 1 << FLAGS[name]
        for frame in indices(mask):
            flags[frame] |= bit
    page = kernel.hugetlb.pages.get(index)
    for frame in range(HPAGE_NR) if page is not None else ():
        flags[frame] |= 1 << FLAGS["huge"] | 1 << FLAGS["compound_tail" if frame else "compound_head"]
    if page is not None and page.mapcount:
        flags[0] |= 1 << FLAGS["mmap"] | (0 if page.cached else 1 << FLAGS["anon"])
    return flags


def _masks(zone: Zone, index: int) -> Iterator[tuple[str, int]]:
    """Each flag with the frames that have it."""
    start = index << PAGEBLOCK_ORDER
    section = start // _SECTION
    if not any(first // _SECTION <= section <= (last - 1) // _SECTION for first, last in zone.usable):
        yield "nopage", FULL
        return
    yield "reserved", _within(zone.reserved, start) | FULL ^ _within(zone.usable, start)
    block = zone.pageblocks.get(index)
    if block is not None:
        yield from _used(block)
        yield from (("buddy", starts) for blocks in (block.free or {}).values() for starts in blocks.starts)
    elif _heads_free_block(zone, index):
        yield "buddy", _HEAD


def _within(ranges: tuple[tuple[int, int], ...], start: int) -> int:
    """The frames of a pageblock that lie in ranges."""
    mask = 0
    for first, last in ranges:
        low, high = max(first - start, 0), min(last - start, HPAGE_NR)
        if low < high:
            mask |= span(low, high)
    return mask


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
        "referenced": block.referenced, "dirty": block.dirty, "active": block.active, "mlocked": block.mlocked,
    }  # fmt: skip
    yield from ((name, mask & head) for name, mask in masks.items())
    rare = block.rare
    if rare is not None:
        yield "swapcache", sum(1 << frame for frame in rare.swap)
        yield from (("hwpoison", rare.hwpoison), ("ksm", rare.ksm), ("writeback", rare.writeback))


FILES = (
    VFile("/proc/kpagecount", None, mode=0o400, raw=partial(_read, page_counts)),
    VFile("/proc/kpageflags", None, mode=0o400, raw=partial(_read, page_flags)),
)
