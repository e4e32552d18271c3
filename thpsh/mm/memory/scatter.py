"""Faults on single pages here and there: frames go out in the order of the faults, tables are filled by slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.frames import add_loose, drop, frames_of
from thpsh.mm.free_pages import free_runs
from thpsh.mm.memcg_charge import charge_pages, room_pages
from thpsh.mm.memory.anonymous import USER_GFP, write_tag
from thpsh.mm.memory.wp import do_wp_pages, reusable_pages
from thpsh.mm.mempolicy import page_placement
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.page_alloc import OutOfMemory, alloc_small
from thpsh.mm.page_rmap import new_anon_runs, set_offsets
from thpsh.mm.pgtable import pte_alloc
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.mm.rss_stat import check_sync_rss_stat
from thpsh.structs.bits import PAGES, indices, span
from thpsh.structs.memcg import CHARGE_BATCH
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.mm.pcp import PageRun

_LOW = PAGES - 1


def do_scattered_writes(vmf: Vmf, pages: list[int]) -> list[int]:
    """Write to pages of one private anonymous VMA in the given order (page numbers: address >> 12), each once.

    Returns the pages that needed no fresh frame: what was written to them is still to be noted.
    Raises OutOfMemory before anything is mapped when memory does not suffice for all.
    """
    by_slot: dict[int, list[int]] = {}
    for page in pages:
        slot = page >> 9
        if slot in by_slot:
            by_slot[slot].append(page)
        else:
            by_slot[slot] = [page]
    fresh: set[int] = set()
    copied: list[tuple[int, PageTable, int]] = []
    empty = 0
    for slot, mine in by_slot.items():
        need = _prepare(vmf, slot, mine, copied)
        empty += need[1].bit_count()
        fresh.update(mine if need[0].bit_count() == len(mine) else ((slot << 9) + page for page in indices(need[0])))
    if not fresh:
        return pages
    order = pages if len(fresh) == len(pages) else [page for page in pages if page in fresh]
    supply = _allocate(vmf, len(order))
    _unmap_old(vmf, copied)
    _install(vmf, order, supply)
    _account(vmf, order, empty)
    return [] if order is pages else [page for page in pages if page not in fresh]


def _prepare(vmf: Vmf, slot: int, mine: list[int], copied: list[tuple[int, PageTable, int]]) -> tuple[int, int]:
    """Make the page table, do what needs no fresh page; returns the masks of pages that need one, and of empty ones."""
    kernel = vmf.kernel
    table = pte_alloc(kernel, vmf.task, vmf.mm, slot)
    if isinstance(table, HugePmd):
        return 0, 0
    kernel.own(table)
    mask = 0
    for page in mine:
        mask |= 1 << (page & _LOW)
    empty = mask & ~table.present
    protected = mask & table.present & ~table.writable
    seen = mask & table.present & table.writable
    table.young |= seen
    table.dirty |= seen
    if protected:
        alone = reusable_pages(kernel, table, protected)
        if alone:
            do_wp_pages(vmf, slot, table, alone)
        protected ^= alone
        if protected:
            copied.append((slot, table, protected))
    return empty | protected, empty


def _allocate(vmf: Vmf, count: int) -> list[PageRun]:
    memcg = vmf.mm.memcg
    if memcg.parent is not None and room_pages(memcg) < count + CHARGE_BATCH:
        raise OutOfMemory("so many faults may pass the limit of the group")
    near = vmf.kernel.cpus[vmf.task.cpu].node, USER_GFP
    _, where = page_placement(vmf.kernel, vmf.task, vmf.vma, 0, 1, near)
    supply = alloc_small(vmf.kernel, vmf.task.cpu, count, USER_GFP, where)
    if sum(run[2] for run in supply) < count:
        free_runs(vmf.kernel, vmf.task.cpu, supply)
        raise OutOfMemory("no free pages for so many faults")
    charge_pages(vmf.kernel, vmf.task, memcg, count)
    return supply


def _unmap_old(vmf: Vmf, copied: list[tuple[int, PageTable, int]]) -> None:
    """Take the mappings of pages about to be copied away."""
    kernel, mm = vmf.kernel, vmf.mm
    gather = MmuGather(kernel, vmf.task.cpu)
    gone = files = 0
    for _, table, mask in copied:
        normal = mask & ~table.special
        gone += normal.bit_count()
        for block, frames in frames_of(kernel, table, normal):
            files += (frames & block.cached).bit_count()
            gather.remove(block, frames)
        drop(table, mask)
        table.special &= ~mask
    gather.finish()
    kernel.own(mm)
    mm.anon_rss -= gone - files
    mm.file_rss -= files


def _install(vmf: Vmf, order: list[int], supply: list[PageRun]) -> None:
    """Map the frames in the order of the faults."""
    kernel, vma, mm = vmf.kernel, vmf.vma, vmf.mm
    anon_vma = anon_vma_prepare(kernel, vma)
    offset = vma.pgoff - (vma.start >> PAGE_SHIFT)
    pairs: dict[int, list[tuple[int, int]]] = {}
    place = 0
    for block, first, length in supply:
        kernel.own(block)
        mine = order[place : place + length]
        place += length
        set_offsets(block, [(first + i, page + offset) for i, page in enumerate(mine)], anon_vma, mm.memcg)
        if vmf.tag:
            write_tag(vmf, block, span(first, first + length))
        pfn = (block.index << 9) + first
        for page in mine:
            slot = page >> 9
            if slot in pairs:
                pairs[slot].append((page & _LOW, pfn))
            else:
                pairs[slot] = [(page & _LOW, pfn)]
            pfn += 1
    writable = vma.flags & Vm.WRITE
    for slot, found in pairs.items():
        table = mm.pmds[slot]
        if isinstance(table, PageTable):
            before = table.present
            add_loose(table, found)
            mask = table.present ^ before
            table.young |= mask
            if writable:
                table.dirty |= mask
                table.writable |= mask
    new_anon_runs(kernel, vmf.task.cpu, vma, supply)
    kernel.own(mm)
    mm.anon_rss += len(order)


def _account(vmf: Vmf, order: list[int], empty: int) -> None:
    cost = vmf.kernel.cost
    start = order[0] << PAGE_SHIFT
    end = (order[-1] + 1) << PAGE_SHIFT
    check_sync_rss_stat(vmf.kernel, vmf.mm, len(order), empty)
    if empty:
        vmf.took_range(FaultKind.SMALL, start, end, empty, cost.fault + cost.clear_page)
    if len(order) > empty:
        vmf.took_range(FaultKind.COPY, start, end, len(order) - empty, cost.fault + cost.copy_page)
