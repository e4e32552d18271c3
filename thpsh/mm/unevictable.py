"""Pages on their way to and from the unevictable list (mm/mlock.c: mlock_vma_page, munlock_vma_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.frames import frames_of
from thpsh.mm.lru import add_page_to_lru_list, del_page_from_lru, lru_mask
from thpsh.mm.pagevec import lru_cache_add
from thpsh.structs.anon_vma import AnonVma
from thpsh.structs.bits import FULL, PAGES, indices, span
from thpsh.structs.page import PAGE_SHIFT, Lru
from thpsh.structs.page_cache import AddressSpace
from thpsh.structs.page_table import PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.unevictable import (
    UnevictablePgsCulled,
    UnevictablePgsMlocked,
    UnevictablePgsMunlocked,
    UnevictablePgsRescued,
)

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Owner, Pageblock
    from thpsh.structs.vma import Vma


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
    """Take the mlocked flag from pages that no other locked VMA maps; they go back to an evictable list.

    A huge page has one flag, that of its head.
    """
    flagged = block.mlocked & (1 if block.huge else frames)
    if not flagged:
        return
    leaving = FULL if block.huge else flagged & ~_locked_elsewhere(kernel, block, flagged)
    if not leaving:
        return
    flagged &= leaving
    kernel.own(block)
    kernel.own(block.zone.stat)
    block.mlocked &= ~flagged
    block.zone.stat.nr_mlock -= flagged.bit_count()
    kernel.trace.emit(UnevictablePgsMunlocked(flagged.bit_count()))
    moving = leaving & lru_mask(block)
    if moving:
        del_page_from_lru(kernel, block, moving)
        kernel.trace.emit(UnevictablePgsRescued(1 if block.huge else moving.bit_count()))
        _putback(kernel, cpu, block, moving)


def _putback(kernel: Kernel, cpu: int, block: Pageblock, frames: int) -> None:
    """Hand pages to the caches of the evictable lists (putback_lru_page)."""
    file = 0 if block.huge else _file_backed(block, frames)
    for mask, inactive, active in (
        (frames & ~file, Lru.INACTIVE_ANON, Lru.ACTIVE_ANON),
        (file, Lru.INACTIVE_FILE, Lru.ACTIVE_FILE),
    ):
        used = mask & block.active
        if mask ^ used:
            lru_cache_add(kernel, cpu, block, mask ^ used, inactive)
        if used:
            lru_cache_add(kernel, cpu, block, used, active)


def _file_backed(block: Pageblock, frames: int) -> int:
    """The pages that belong to files on a disk."""
    mask = 0
    for owner in block.owners:
        if isinstance(owner.mapping, AddressSpace) and not owner.mapping.swap_backed:
            mask |= owner.mask & frames
    return mask


def _locked_elsewhere(kernel: Kernel, block: Pageblock, frames: int) -> int:
    """The pages that another VMA with VM_LOCKED maps (try_to_munlock)."""
    shared = frames & block.twice
    if not shared:
        return 0
    found = 0
    for owner in block.owners:
        mine = owner.mask & shared
        if mine:
            vmas = owner.mapping.vmas if isinstance(owner.mapping, AnonVma) else owner.mapping.maps
            for vma in vmas:
                if vma.flags & Vm.LOCKED:
                    found |= _mapped_by(kernel, vma, block, owner._replace(mask=mine))
    return found


def _mapped_by(kernel: Kernel, vma: Vma, block: Pageblock, owner: Owner) -> int:
    """The frames of an owner that a VMA maps."""
    if owner.delta is None:
        offsets = block.offsets
        places = [] if offsets is None else [(offsets[frame], 1 << frame) for frame in indices(owner.mask)]
        return sum(mask for offset, mask in places if _maps(kernel, vma, block, (offset, offset + 1), mask))
    return _maps(kernel, vma, block, (owner.delta, owner.delta + PAGES), owner.mask)


def _maps(kernel: Kernel, vma: Vma, block: Pageblock, offsets: tuple[int, int], frames: int) -> int:
    """The frames out of some that a VMA maps at a range of page offsets."""
    first, last = max(offsets[0], vma.pgoff), min(offsets[1], vma.pgoff + vma.nr_pages)
    page = (vma.start >> PAGE_SHIFT) + first - vma.pgoff
    end = page + last - first
    found = 0
    while page < end:
        stop = min(end, (page // PAGES + 1) * PAGES)
        table = vma.mm.pmds.get(page // PAGES)
        if isinstance(table, PageTable):
            mask = span(page % PAGES, page % PAGES + stop - page) & table.present & ~table.special
            for holder, mapped in frames_of(kernel, table, mask):
                if holder is block:
                    found |= mapped & frames
        page = stop
    return found
