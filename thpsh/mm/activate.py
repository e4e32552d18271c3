"""Pages that change between the inactive and the active lists as they are used, or not (mm/swap.c).

The kernel collects up to 14 such pages on each CPU before it moves them; here they move at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.lru import add_page_to_lru_list, add_page_to_lru_tail, base_pages, del_page_from_lru, lru_mask
from thpsh.mm.page_flags import file_backed
from thpsh.mm.reclaim_stat import update_page_reclaim_stat
from thpsh.structs.bits import FULL
from thpsh.structs.page import Lru
from thpsh.trace.events.vmscan import LruDeactivate, Pgactivate

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


def activate_page(kernel: Kernel, block: Pageblock, mask: int) -> None:
    """Move pages of inactive lists to the active ones (activate_page)."""
    for inactive, active in ((Lru.INACTIVE_ANON, Lru.ACTIVE_ANON), (Lru.INACTIVE_FILE, Lru.ACTIVE_FILE)):
        moving = 0
        for entry in block.lru:
            if entry.home.kind is inactive:
                moving |= entry.mask & mask
        if not moving:
            continue
        del_page_from_lru(kernel, block, moving)
        add_page_to_lru_list(kernel, block, moving, active)
        update_page_reclaim_stat(kernel, block, moving, active)
        zone = block.zone
        kernel.trace.emit(Pgactivate(zone.node, zone.kind.label, base_pages(block, moving)))


def mark_page_accessed(kernel: Kernel, block: Pageblock, mask: int) -> None:
    """Note a use of pages: first the referenced flag, then, on an inactive list, activation (mark_page_accessed)."""
    if block.huge:
        mask = 1
    kernel.own(block)
    again = mask & block.referenced & ~block.active & lru_mask(block) & ~_unevictable(block)
    block.referenced |= mask
    if again:
        block.referenced &= ~again
        activate_page(kernel, block, FULL if block.huge else again)


def _unevictable(block: Pageblock) -> int:
    """The frames on the unevictable list (PG_unevictable)."""
    mask = 0
    for entry in block.lru:
        if entry.home.kind is Lru.UNEVICTABLE:
            mask |= entry.mask
    return mask


def deactivate_page(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Pages of the page cache that nobody maps and that could not be dropped age: clean ones are the oldest now."""
    frames &= lru_mask(block) & ~(_unevictable(block) | block.once)
    if not frames:
        return
    kernel.own(block)
    active = block.active & frames
    del_page_from_lru(kernel, block, frames)
    block.active &= ~frames
    block.referenced &= ~frames
    file = file_backed(block, frames)
    clean = frames & ~block.dirty
    for mask, kind in ((frames & ~file, Lru.INACTIVE_ANON), (file, Lru.INACTIVE_FILE)):
        if mask & ~clean:
            add_page_to_lru_list(kernel, block, mask & ~clean, kind)
        if mask & clean:
            add_page_to_lru_tail(kernel, block, mask & clean, kind)
        if mask:
            update_page_reclaim_stat(kernel, block, mask, kind)
    zone = block.zone
    count, less, last = (mask.bit_count() for mask in (frames, active, clean))
    kernel.trace.emit(LruDeactivate(zone.node, zone.kind.label, count, less, last))
