"""Sharing page tables' contents with a child (mm/memory.c: copy_page_range)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.mapped import copy_huge_pmd
from thpsh.mm.memory.nonpresent import copy_entries
from thpsh.mm.page_rmap import page_dup_rmap
from thpsh.mm.pgtable import PMD_SLOTS, pte_alloc, table_frames, upper_alloc
from thpsh.mm.slot_range import covered
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def copy_page_range(kernel: Kernel, task: Task, dst: Vma, src: Vma) -> None:
    """Share what a VMA maps with its copy in a child; private pages become write-protected on both sides.

    `task` is the parent: its policy decides where the child's page tables lie.
    """
    if src.anon_vma is None and not src.flags & (Vm.HUGETLB | Vm.PFNMAP | Vm.INSERTPAGE):
        return  # faults bring file pages and zero pages back
    if src.flags & Vm.HUGETLB:
        from thpsh.mm.hugetlb.mapped import copy_hugetlb_page_range

        copy_hugetlb_page_range(kernel, task, dst, src)
        return
    kernel.own(dst.mm)
    pmds = src.mm.pmds
    places = covered(src.start, src.end, src.mm)
    plain = [
        (slot, entry)
        for slot, mask in places
        if mask is FULL and type(entry := pmds[slot]) is PageTable and entry.swapped is None
    ]
    if plain:
        _copy_tables(kernel, task, (dst, src), plain)
    if len(plain) < len(places):
        done = {slot for slot, _ in plain}
        _copy_others(kernel, task, (dst, src), [place for place in places if place[0] not in done])


def _copy_others(kernel: Kernel, task: Task, vmas: tuple[Vma, Vma], places: list[tuple[int, int]]) -> None:
    """Copy huge PMDs, parts of page tables, and tables with swap entries."""
    dst, src = vmas
    for slot, mask in places:
        if isinstance(src.mm.pmds[slot], HugePmd):
            copy_huge_pmd(kernel, task, dst.mm, src.mm, slot)
        else:
            _copy_part(kernel, task, vmas, slot, mask)


def _protects(vma: Vma) -> bool:
    """Does fork write-protect its pages (is_cow_mapping)?"""
    return vma.flags & (Vm.SHARED | Vm.MAYWRITE) == Vm.MAYWRITE


def _copy_tables(kernel: Kernel, task: Task, vmas: tuple[Vma, Vma], tables: list[tuple[int, PageTable]]) -> None:
    """Copy whole page tables: the child's share the parent's runs of frames."""
    dst, src = vmas
    mm = dst.mm
    protects = _protects(src)
    epoch = kernel.journal.epoch
    shared = total = 0
    first, last = tables[0][0] >> PMD_SLOTS, tables[-1][0] >> PMD_SLOTS
    for place in [place for place in src.mm.pmd_pages if first <= place <= last]:
        upper_alloc(kernel, task, mm, place << PMD_SLOTS)
    frames = table_frames(kernel, task, len(tables))
    pmds = mm.pmds
    clean = bool(src.flags & Vm.SHARED)
    for (slot, table), pfn in zip(tables, frames, strict=True):
        if table.epoch != epoch:
            kernel.own(table)
        if protects:
            table.writable = 0
        present, special = table.present, table.special
        dirty = 0 if clean else table.dirty
        pmds[slot] = copy = PageTable(
            present, table.runs, None, table.writable, dirty, 0, special, None, pfn, epoch=epoch
        )
        total += PAGES if present is FULL and not special else (present ^ special).bit_count()
        if table.pfns is not None:
            copy.pfns = table.pfns[:]
            shared += _dup(kernel, table, present)[1]
            continue
        for pages, block, shift in table.runs:
            mapped = pages << shift if shift >= 0 else pages >> -shift
            twice = block.twice
            if block.cached or block.epoch != epoch or (twice and twice & mapped):
                kernel.own(block)
                shared += (mapped & block.cached).bit_count()
                page_dup_rmap(block, mapped)
            else:
                block.twice = twice | mapped if twice else mapped
    mm.nr_ptes += len(tables)
    mm.anon_rss += total - shared
    mm.file_rss += shared
    kernel.clock.spend(total * kernel.cost.pte + len(tables) * kernel.cost.page_table)


def _dup(kernel: Kernel, table: PageTable, mask: int) -> tuple[int, int]:
    """Count one more mapping of the pages of a mask; returns how many are anonymous and how many of the page cache."""
    epoch = kernel.journal.epoch
    normal = mask & ~table.special
    cached = 0
    found = pieces(kernel, table, normal) if table.pfns is not None or normal != table.present else table.runs
    for pages, block, shift in found:
        if block.epoch != epoch:
            kernel.own(block)
        frames = pages << shift if shift >= 0 else pages >> -shift
        if block.cached:
            cached += (frames & block.cached).bit_count()
        page_dup_rmap(block, frames)
    return normal.bit_count() - cached, cached


def _copy_part(kernel: Kernel, task: Task, vmas: tuple[Vma, Vma], slot: int, mask: int) -> None:
    """Copy some entries of a page table that VMAs share, or that holds swap entries."""
    dst, src = vmas
    source = src.mm.pmds[slot]
    target = pte_alloc(kernel, task, dst.mm, slot)
    if not isinstance(source, PageTable) or not isinstance(target, PageTable):
        return
    kernel.own(source)
    kernel.own(target)
    present = source.present & mask
    if _protects(src):
        source.writable &= ~present
    target.present |= present
    target.runs += tuple(
        (pages, block, shift) for pages, block, shift in pieces(kernel, source, present & ~source.special)
    )
    target.writable |= source.writable & present
    target.dirty |= 0 if src.flags & Vm.SHARED else source.dirty & present
    target.special |= source.special & present
    anon, cached = _dup(kernel, source, present)
    dst.mm.anon_rss += anon
    dst.mm.file_rss += cached
    others = copy_entries(kernel, dst.mm, target, source, mask)
    kernel.clock.spend((present.bit_count() + others) * kernel.cost.pte)
