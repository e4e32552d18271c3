"""What kind of page a memory error hit, and what can be done about it (mm/memory-failure.c: error_states)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.frames import drop
from thpsh.mm.isolate import ramfs_pages
from thpsh.mm.lru import del_page_from_lru
from thpsh.mm.memcontrol import uncharge_swap_cached, uncharge_swapout
from thpsh.mm.page_rmap import forget_owner, owner_of, remove_from_page_cache, set_memcg
from thpsh.mm.swap_state import forget_swap_cache, unused_swap_cache
from thpsh.mm.swapfile import note_swapped_out, swapcache_free
from thpsh.structs.bits import PAGES
from thpsh.structs.page import Lru
from thpsh.structs.page_cache import AddressSpace
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

IGNORED: Final = "Ignored"
FAILED: Final = "Failed"
DELAYED: Final = "Delayed"
RECOVERED: Final = "Recovered"

SWAP_CACHE: Final = "swapcache"
UNKNOWN: Final = "unknown page state"


def list_of(block: Pageblock, frame: int) -> Lru | None:
    """The LRU list a small page is on."""
    return next((entry.home.kind for entry in block.lru if entry.mask >> frame & 1), None)


def on_lru(block: Pageblock, frame: int) -> bool:
    """Is a small page on any LRU list (PageLRU)?"""
    return list_of(block, frame) is not None


def state_of(block: Pageblock, frame: int) -> str:
    """The name of the first kind that fits an unmapped small page, as the kernel log prints it."""
    rare = block.rare
    if rare is not None and frame in rare.swap:
        return SWAP_CACHE
    kind = list_of(block, frame)
    if kind is Lru.UNEVICTABLE:
        return "unevictable LRU"
    if block.mlocked >> frame & 1:
        return "mlocked LRU"
    if kind is None:
        return UNKNOWN
    return "LRU" if block.dirty >> frame & 1 else "clean LRU"


def act_on(kernel: Kernel, cpu: int, block: Pageblock, frame: int, state: str) -> str:
    """Do what can be done for the kind of page; returns how it ended (me_pagecache_clean and the others)."""
    if state == UNKNOWN:
        return FAILED
    bit = 1 << frame
    listed = on_lru(block, frame)
    kernel.own(block)
    if listed:
        del_page_from_lru(kernel, block, bit)
        block.active &= ~bit
    if state == SWAP_CACHE:
        delayed = bool(block.dirty & bit)
        if not delayed:
            _leave_swap_cache(kernel, block, frame)
        block.dirty &= ~bit
        return FAILED if not listed else DELAYED if delayed else RECOVERED
    if ramfs_pages(block, bit):
        kernel.trace.emit(Printk(f"MCE {block.start_pfn + frame:#x}: Failed to invalidate"))
        return FAILED
    if block.cached & bit:
        _truncate(kernel, cpu, block, frame)
    return RECOVERED


def _leave_swap_cache(kernel: Kernel, block: Pageblock, frame: int) -> None:
    """A clean page of the swap cache is not needed: its slot holds the same (me_swapcache_clean)."""
    bit = 1 << frame
    unused = unused_swap_cache(kernel, block, bit)
    tag = block.content(frame)
    slots = forget_swap_cache(kernel, block, bit)
    found = owner_of(block, frame)
    memcg = found[0].memcg if found is not None else None
    if unused:
        uncharge_swap_cached(kernel, memcg, 1, cache=False)
    elif memcg is not None:
        uncharge_swapout(kernel, memcg, 1)
        note_swapped_out(kernel, slots.values(), memcg, dict.fromkeys(slots.values(), tag) if tag else {})
    set_memcg(block, bit, None)
    swapcache_free(kernel, slots.values())


def _truncate(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> None:
    """Take the page out of its file's cache: the next read brings the data from the disk (error_remove_page)."""
    found = owner_of(block, frame)
    if found is None or not isinstance(found[0].mapping, AddressSpace):
        return
    mapping, index = found[0].mapping, found[1]
    slot = mapping.slots[index // PAGES]
    kernel.own(mapping)
    kernel.own(slot)
    drop(slot, 1 << index % PAGES)
    mapping.nr_pages -= 1
    stat = block.zone.stat
    kernel.own(stat)
    stat.nr_file_pages -= 1
    if mapping.swap_backed:
        stat.nr_shmem -= 1
    remove_from_page_cache(kernel, cpu, block, 1 << frame)
    forget_owner(block, 1 << frame)
    block.dirty &= ~(1 << frame)


def references(block: Pageblock, frame: int) -> int:
    """How many users a page has beside the one that handles the error (page_count less one)."""
    count = block.pagevec >> frame & 1
    count += block.cached >> frame & 1
    rare = block.rare
    if rare is not None:
        count += rare.pins.get(frame, 0) + (1 if frame in rare.swap else 0)
    return count + (block.mapcount(frame) if not block.huge else 0)
