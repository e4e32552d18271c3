"""Pages on their way to and from the unevictable list (mm/mlock.c: mlock_vma_page, munlock_vma_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.lru import add_page_to_lru_list, del_page_from_lru, lru_mask
from thpsh.mm.page_flags import file_backed
from thpsh.mm.pagevec import lru_cache_add
from thpsh.mm.rmap_walk import mapped_ranges
from thpsh.structs.bits import FULL
from thpsh.structs.page import Lru
from thpsh.structs.vma import Vm
from thpsh.trace.events.unevictable import (
    UnevictablePgsCleared,
    UnevictablePgsCulled,
    UnevictablePgsMlocked,
    UnevictablePgsMunlocked,
    UnevictablePgsRescued,
)

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


def mlock_vma_page(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Give small pages the mlocked flag; those on a list move to the unevictable one."""
    fresh = frames & ~block.mlocked
    if not fresh:
        return
    kernel.own(block)
    kernel.own(block.zone.stat)
    block.mlocked |= fresh
    block.zone.stat.nr_mlock += fresh.bit_count()
    kernel.trace.emit(UnevictablePgsMlocked(fresh.bit_count()))
    moving = fresh & lru_mask(block)
    if moving:
        del_page_from_lru(kernel, block, moving)
        block.active &= ~moving
        add_page_to_lru_list(kernel, block, moving, Lru.UNEVICTABLE)
        kernel.trace.emit(UnevictablePgsCulled(moving.bit_count()))


def munlock_vma_page(kernel: Kernel, cpu: int, block: Pageblock, frames: int) -> None:
    """Take the mlocked flag from pages; those on a list go back to an evictable one.

    Where another locked VMA maps them it locks them again, which counts, and they stay. A huge page has one flag, that
    of its head, and nobody is asked.
    """
    flagged = block.mlocked & (1 if block.huge else frames)
    if not flagged:
        return
    listed = lru_mask(block) & (FULL if block.huge else flagged)
    again = 0 if block.huge else _locked_elsewhere(block, listed)
    if again:
        kernel.trace.emit(UnevictablePgsMlocked(again.bit_count()))
        flagged ^= again
        listed ^= again
    if not flagged:
        return
    _clear(kernel, block, flagged)
    kernel.trace.emit(UnevictablePgsMunlocked(flagged.bit_count()))
    _rescue(kernel, cpu, block, listed)


def clear_page_mlock(kernel: Kernel, cpu: int, block: Pageblock, frames: int) -> None:
    """Pages that leave the page cache are locked no more, whoever maps them."""
    flagged = block.mlocked & frames
    if flagged:
        _clear(kernel, block, flagged)
        kernel.trace.emit(UnevictablePgsCleared(flagged.bit_count()))
        _rescue(kernel, cpu, block, lru_mask(block) & flagged)


def _clear(kernel: Kernel, block: Pageblock, flagged: int) -> None:
    kernel.own(block)
    kernel.own(block.zone.stat)
    block.mlocked &= ~flagged
    block.zone.stat.nr_mlock -= flagged.bit_count()


def _rescue(kernel: Kernel, cpu: int, block: Pageblock, frames: int) -> None:
    """Pages that are evictable again leave the unevictable list."""
    if frames:
        del_page_from_lru(kernel, block, frames)
        kernel.trace.emit(UnevictablePgsRescued(1 if block.huge else frames.bit_count()))
        _putback(kernel, cpu, block, frames)


def _putback(kernel: Kernel, cpu: int, block: Pageblock, frames: int) -> None:
    """Hand pages to the caches of the evictable lists (putback_lru_page)."""
    file = 0 if block.huge else file_backed(block, frames)
    for mask, inactive, active in (
        (frames & ~file, Lru.INACTIVE_ANON, Lru.ACTIVE_ANON),
        (file, Lru.INACTIVE_FILE, Lru.ACTIVE_FILE),
    ):
        used = mask & block.active
        if mask ^ used:
            lru_cache_add(kernel, cpu, block, mask ^ used, inactive)
        if used:
            lru_cache_add(kernel, cpu, block, used, active)


def _locked_elsewhere(block: Pageblock, frames: int) -> int:
    """The pages that another VMA with VM_LOCKED maps (try_to_munlock)."""
    shared = frames & block.twice
    locked = 0
    for mapping in mapped_ranges(block, shared) if shared else ():
        if mapping.vma.flags & Vm.LOCKED:
            locked |= mapping.frames
    return locked
