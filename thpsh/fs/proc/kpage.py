"""/proc/kpagecount and kpageflags (fs/proc/page.c): 8 bytes a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.buddy import is_free_block
from thpsh.mm.buddy_fallback import is_free
from thpsh.mm.lru import lru_mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

ENTRY: Final = 8
FLAGS: Final = {
    "referenced": 2, "uptodate": 3, "dirty": 4, "lru": 5, "active": 6, "slab": 7, "buddy": 10, "mmap": 11, "anon": 12,
    "swapbacked": 14, "compound_head": 15, "compound_tail": 16, "unevictable": 18, "hwpoison": 19, "nopage": 20,
    "ksm": 21, "reserved": 32, "mlocked": 33,
}  # fmt: skip


def _read(one: Callable[[Kernel, int], int], place: Place, offset: int, size: int) -> bytes:
    if offset % ENTRY or size % ENTRY:
        raise KernelError(Errno.EINVAL, "offset and size must be multiples of 8")
    kernel = place.kernel
    last = max(zone.end_pfn for zone in kernel.zones)
    frames = range(offset // ENTRY, min((offset + size) // ENTRY, last))
    return b"".join(one(kernel, pfn).to_bytes(ENTRY, "little") for pfn in frames)


def zone_of_frame(kernel: Kernel, pfn: int) -> Zone | None:
    """The zone of a frame that exists."""
    for zone in kernel.zones:
        if any(first <= pfn < last for first, last in zone.usable):
            return zone
    return None


def mapcount(kernel: Kernel, pfn: int) -> int:
    """How often a frame is mapped; a huge page counts at its head only."""
    zone = zone_of_frame(kernel, pfn)
    block = zone.pageblocks.get(pfn >> 9) if zone is not None else None
    if block is None or (block.huge and pfn & 511):
        return 0
    return block.mapcount(pfn & 511)


def page_flags(kernel: Kernel, pfn: int) -> int:
    """The stable flags of a frame (stable_page_flags)."""
    zone = zone_of_frame(kernel, pfn)
    if zone is None:
        return 1 << FLAGS["nopage"]
    if any(first <= pfn < last for first, last in zone.reserved):
        return 1 << FLAGS["reserved"]
    block = zone.pageblocks.get(pfn >> 9)
    if block is None:
        return 1 << FLAGS["buddy"] if is_free_block(zone, pfn) else 0
    names = _names(block, pfn & 511)
    return sum(1 << FLAGS[name] for name in names)


def _names(block: Pageblock, frame: int) -> set[str]:
    bit = 1 << frame
    names: set[str] = set()
    if is_free(block, frame):
        first = any(starts & bit for blocks in (block.free or {}).values() for starts in blocks.starts)
        return {"buddy"} if first else set()
    owned = any(owner.mask & bit for owner in block.owners)
    if owned:
        names |= {"uptodate"} if block.cached & bit else {"uptodate", "anon", "swapbacked"}
    if block.huge:
        if block.huge_mapcount:
            names.add("mmap")
        names.add("compound_tail" if frame else "compound_head")
    masks = (("mmap", block.once), ("active", block.active), ("dirty", block.dirty), ("mlocked", block.mlocked))
    names |= {name for name, mask in masks if mask & bit}
    if block.referenced & bit:
        names.add("referenced")
    listed = lru_mask(block)
    if listed & (1 if block.huge else bit) and not (block.huge and frame):
        names.add("lru")
    if block.rare is not None and block.rare.hwpoison & bit:
        names.add("hwpoison")
    return names


FILES = (
    VFile("/proc/kpagecount", None, mode=0o400, raw=lambda place, offset, size: _read(mapcount, place, offset, size)),
    VFile("/proc/kpageflags", None, mode=0o400, raw=lambda place, offset, size: _read(page_flags, place, offset, size)),
)
