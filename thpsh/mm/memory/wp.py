"""Writes to write-protected small pages: reuse or copy (mm/memory.c: do_wp_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.content import copy_tags
from thpsh.mm.frames import drop, frames_of, pieces
from thpsh.mm.memory.anonymous import USER_GFP, map_new_pages, new_pages, put_new_pages
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.page_rmap import forget_owner, set_owner, slot_index
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.mm.swap_state import swap_cached, try_to_free_swap
from thpsh.mm.unevictable import munlock_vma_page
from thpsh.structs.bits import shifted
from thpsh.structs.page import Gfp
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.pageblock import Pageblock


def reusable_pages(kernel: Kernel, table: PageTable, mask: int) -> int:
    """The pages of a mask that only this entry maps, so that a write may just make them writable (reuse_swap_page)."""
    alone = 0
    for pages, block, shift in pieces(kernel, table, mask & ~table.special):
        single = block.once & ~block.twice & ~block.cached
        if block.rare is not None:
            single &= ~block.rare.ksm
            cached = swap_cached(block) & single & shifted(pages, shift)
            if cached:
                single &= ~(cached ^ try_to_free_swap(kernel, block, cached))
        alone |= shifted(single, -shift) & pages
    return alone


def do_wp_pages(vmf: Vmf, slot: int, table: PageTable, mask: int) -> int:
    """Write faults on write-protected entries of one slot; returns the pages that reclaim took away meanwhile."""
    kernel = vmf.kernel
    kernel.own(table)
    gone = mask & ~table.present
    mask ^= gone
    if vmf.vma.flags & Vm.SHARED:
        table.writable |= mask
        table.dirty |= mask
        table.young |= mask
        for block, frames in frames_of(kernel, table, mask):
            kernel.own(block)
            block.dirty |= frames
        if mask:
            vmf.took(FaultKind.REUSE, slot, mask, kernel.cost.fault)
        return gone
    anon_vma_prepare(kernel, vmf.vma)
    alone = reusable_pages(kernel, table, mask)
    if alone:
        _reuse(vmf, slot, table, alone)
    left = mask ^ alone
    while left:
        part, gfp = _of_one_kind(table, left)
        part, pages = new_pages(vmf, slot, part, gfp)
        if part & ~table.present:
            put_new_pages(vmf, pages)
            gone |= left & ~table.present
            left &= table.present
            continue
        _copy(vmf, slot, table, part, pages)
        left ^= part
    return gone


def _of_one_kind(table: PageTable, mask: int) -> tuple[int, int]:
    """The lowest of some pages that are all copies, or all instead of the zero page, and how these are allocated."""
    zero = mask & table.special
    if not zero:
        return mask, Gfp.HIGHUSER_MOVABLE
    fresh = zero & mask & -mask
    others = mask ^ zero if fresh else zero
    return mask & (others & -others) - 1 if others else mask, USER_GFP if fresh else Gfp.HIGHUSER_MOVABLE


def _reuse(vmf: Vmf, slot: int, table: PageTable, mask: int) -> None:
    """Make entries writable and the pages this VMA's own (page_move_anon_rmap)."""
    kernel = vmf.kernel
    table.writable |= mask
    table.dirty |= mask
    table.young |= mask
    anon_vma = anon_vma_prepare(kernel, vmf.vma)
    base = slot_index(vmf.vma, slot)
    for pages, block, shift in pieces(kernel, table, mask):
        frames = shifted(pages, shift)
        if any(owner.mask & frames and owner.mapping is not anon_vma for owner in block.owners):
            kernel.own(block)
            owners = [(owner.mask & frames, owner.memcg) for owner in block.owners if owner.mask & frames]
            forget_owner(block, frames)
            for mine, memcg in owners:
                set_owner(block, mine, anon_vma, memcg, base - shift)
    vmf.took(FaultKind.REUSE, slot, mask, kernel.cost.fault)


def _copy(vmf: Vmf, slot: int, table: PageTable, mask: int, pages: list[PageRun]) -> None:
    """Put fresh pages, copies of what was there, behind entries: of shared pages, of file pages, of the zero page."""
    kernel, mm = vmf.kernel, vmf.mm
    zero = mask & table.special
    old = frames_of(kernel, table, mask ^ zero)
    file_pages = sum((frames & block.cached).bit_count() for block, frames in old)
    before = pieces(kernel, table, mask ^ zero)
    _unmap(table, mask)
    map_new_pages(vmf, slot, table, mask, pages)
    _copy_contents(kernel, table, before)
    gather = MmuGather(kernel, vmf.task.cpu)
    for block, frames in old:
        if vmf.vma.flags & Vm.LOCKED:
            munlock_vma_page(kernel, vmf.task.cpu, block, frames)
        gather.remove(block, frames)
    gather.finish()
    kernel.own(mm)
    mm.anon_rss += zero.bit_count() + file_pages
    mm.file_rss -= file_pages
    added = (zero.bit_count() + file_pages, -file_pages)
    vmf.took(FaultKind.COPY, slot, mask, kernel.cost.fault + kernel.cost.copy_page, added)


def _unmap(table: PageTable, mask: int) -> None:
    drop(table, mask)
    table.special &= ~mask
    table.young &= ~mask
    table.dirty &= ~mask


def _copy_contents(kernel: Kernel, table: PageTable, before: list[tuple[int, Pageblock, int]]) -> None:
    """The copies hold what the originals held (cow_user_page)."""
    for pages, block, shift in before:
        tagged = shifted(block.tagged, -shift) & pages
        for part, target, by in pieces(kernel, table, tagged) if tagged else ():
            copy_tags(kernel, (block, shifted(part, shift)), target, by - shift)
