"""page->flags of a page, as the kernel log prints them (linux/page-flags.h; x86-64 with 64 possible nodes, 3.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.stable_page_flags import FLAGS, stable_page_flags
from thpsh.structs.page import PAGEBLOCK_ORDER, ZERO_PFN

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel

_BITS: Final = {
    "referenced": 2, "uptodate": 3, "dirty": 4, "lru": 5, "active": 6, "slab": 7, "reserved": 10, "writeback": 13,
    "compound_head": 14, "compound_tail": 15, "swapcache": 16, "swapbacked": 19, "unevictable": 20, "mlocked": 21,
    "hwpoison": 23,
}  # fmt: skip
_ZONE_SHIFT: Final = 56
_NODE_SHIFT: Final = 58


def raw_page_flags(kernel: Kernel, pfn: int) -> int:
    """All flags of a page, its zone and node among them."""
    zone = kernel.zone_of(pfn >> PAGEBLOCK_ORDER)
    shown = stable_page_flags(kernel, pfn)
    if pfn == ZERO_PFN:
        shown |= 1 << FLAGS["referenced"]
    flags = sum(1 << bit for name, bit in _BITS.items() if shown >> FLAGS[name] & 1)
    return flags | zone.kind << _ZONE_SHIFT | zone.node << _NODE_SHIFT
