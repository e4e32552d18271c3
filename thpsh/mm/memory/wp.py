"""Writes to write-protected small pages: reuse or copy (mm/memory.c: do_wp_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.content import set_tag
from thpsh.mm.frames import drop, frames_of, pieces
from thpsh.mm.memory.anonymous import fill
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.page_rmap import forget_owner, owner_of, set_owner, slot_index
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.structs.bits import shifted
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
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
        alone |= shifted(single, -shift) & pages
    return alone


def do_wp_pages(vmf: Vmf, slot: int, table: PageTable, mask: int) -> None:
    """Write faults on present, write-protected entries of one slot."""
    kernel = vmf.kernel
    kernel.own(table)
    if vmf.vma.flags & Vm.SHARED:
        table.writable |= mask
        table.dirty |= mask
        table.young |= mask
        vmf.took(FaultKind.REUSE, slot, mask, kernel.cost.fault)
        return
    anon_vma_prepare(kernel, vmf.vma)
    alone = reusable_pages(kernel, table, mask)
    if alone:
        _reuse(vmf, slot, table, alone)
    if mask ^ alone:
        _copy(vmf, slot, table, mask ^ alone)


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
            found = owner_of(block, (frames & -frames).bit_length() - 1)
            memcg = found[0].memcg if found else None
            forget_owner(block, frames)
            set_owner(block, frames, anon_vma, memcg, base - shift)
    vmf.took(FaultKind.REUSE, slot, mask, kernel.cost.fault)


def _copy(vmf: Vmf, slot: int, table: PageTable, mask: int) -> None:
    """Give entries fresh copies: of shared pages, of file pages, of the zero page."""
    kernel, mm = vmf.kernel, vmf.mm
    zero = mask & table.special
    old = frames_of(kernel, table, mask ^ zero)
    file_pages = sum((frames & block.cached).bit_count() for block, frames in old)
    saved = (table.young, table.dirty)
    before = pieces(kernel, table, mask ^ zero)
    _unmap(table, mask)
    try:
        got = fill(vmf, slot, table, mask)
    except OutOfMemory:
        _restore(table, before, zero, saved)
        raise
    if got != mask:
        _restore(
            table, [(pages & ~got, block, shift) for pages, block, shift in before if pages & ~got], zero & ~got, saved
        )
        old = [(block, shifted(pages & got, shift)) for pages, block, shift in before if pages & got]
        file_pages = sum((frames & block.cached).bit_count() for block, frames in old)
        zero &= got
    gather = MmuGather(kernel, vmf.task.cpu)
    for block, frames in old:
        gather.remove(block, frames)
    gather.finish()
    _copy_tags(kernel, table, [(pages & got, block, shift) for pages, block, shift in before if pages & got])
    kernel.own(mm)
    mm.anon_rss += zero.bit_count() + file_pages
    mm.file_rss -= file_pages
    vmf.took(FaultKind.COPY, slot, got, kernel.cost.fault + kernel.cost.copy_page)
    if got != mask:
        raise OutOfMemory("no free page for a copy")


def _unmap(table: PageTable, mask: int) -> None:
    drop(table, mask)
    table.special &= ~mask
    table.young &= ~mask
    table.dirty &= ~mask


def _restore(table: PageTable, before: list[tuple[int, Pageblock, int]], zero: int, saved: tuple[int, int]) -> None:
    """Put entries back that could not be copied."""
    back = zero
    table.special |= zero
    table.present |= zero
    for pages, block, shift in before:
        table.present |= pages
        table.runs = (*table.runs, (pages, block, shift))
        back |= pages
    table.young |= saved[0] & back
    table.dirty |= saved[1] & back


def _copy_tags(kernel: Kernel, table: PageTable, before: list[tuple[int, Pageblock, int]]) -> None:
    """The copies hold what the originals held."""
    for pages, block, shift in before:
        tagged = shifted(block.tagged, -shift) & pages
        if tagged:
            for target, frames in frames_of(kernel, table, tagged):
                set_tag(kernel, target, frames, block.tag)
