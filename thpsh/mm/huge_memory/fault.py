"""Huge faults: first touch and copy-on-write (mm/huge_memory.c: do_huge_pmd_anonymous_page, do_huge_pmd_wp_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.content import copy_tags
from thpsh.mm.frames import pieces
from thpsh.mm.free_pages import free_huge_blocks
from thpsh.mm.huge_memory.fresh import alloc_huge_block
from thpsh.mm.huge_memory.mm_slot import khugepaged_enter
from thpsh.mm.huge_memory.policy import (
    alloc_hugepage_gfp,
    fits,
    transparent_hugepage_defrag,
    transparent_hugepage_enabled,
)
from thpsh.mm.locks import page_table_lock
from thpsh.mm.memcg_charge import charge_huge
from thpsh.mm.memcontrol import uncharge_huge
from thpsh.mm.memory.anonymous import charged_pages, map_new_pages, put_new_pages
from thpsh.mm.mempolicy import announce_policy, huge_placement, page_placement
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.page_rmap import new_huge_page
from thpsh.mm.pgtable import table_frames, upper_alloc
from thpsh.mm.pgtable_deposit import deposit, withdraw
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.page import HPAGE_SHIFT, Gfp
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind
from thpsh.trace.events.huge_memory import FallbackReason, ThpChargeFailed, ThpFaultAlloc, ThpFaultFallback

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.pageblock import Pageblock


def _alloc_hugepage(vmf: Vmf, slot: int, copy: bool) -> Pageblock | None:
    """Allocate a huge page for a fault and count the attempt."""
    kernel, task = vmf.kernel, vmf.task
    gfp = alloc_hugepage_gfp(transparent_hugepage_defrag(kernel, vmf.vma))
    where = huge_placement(kernel, task, vmf.vma, slot, (kernel.cpus[task.cpu].node, gfp))
    announce_policy(kernel, task, vmf.vma, kernel.cpus[task.cpu].node, "alloc_hugepage_vma")
    block = alloc_huge_block(kernel, task.cpu, gfp, where, task.name)
    address = slot << HPAGE_SHIFT
    if block is None:
        kernel.trace.emit(ThpFaultFallback(task.pid, address, FallbackReason.NO_FREE_BLOCK, copy))
        return None
    kernel.trace.emit(ThpFaultAlloc(task.pid, address, block.start_pfn, block.zone.node, copy))
    return block


def do_huge_pmd_anonymous_page(vmf: Vmf, slot: int) -> bool:
    """Map a fresh huge page in an empty slot; False when the fault must be served in small pages."""
    kernel, vma, mm = vmf.kernel, vmf.vma, vmf.mm
    if not fits(vma, slot << HPAGE_SHIFT):
        return False
    upper_alloc(kernel, vmf.task, mm, slot)
    anon_vma_prepare(kernel, vma)
    khugepaged_enter(kernel, vma)
    block = _alloc_hugepage(vmf, slot, copy=False)
    if block is None:
        return False
    if not charge_huge(kernel, mm.memcg, vmf.task.cpu):
        kernel.trace.emit(ThpChargeFailed(vmf.task.pid, slot << HPAGE_SHIFT, mm.memcg.path))
        free_huge_blocks(kernel, [block])
        return False
    pgtable = _pte_alloc_one(vmf, block)
    with page_table_lock(kernel, mm, "__do_huge_pmd_anonymous_page"):
        new_huge_page(kernel, vmf.task.cpu, vma, block, slot)
        kernel.own(mm)
        mm.pmds[slot] = HugePmd(block, bool(vma.flags & Vm.WRITE), epoch=kernel.journal.epoch)
        deposit(kernel, mm, pgtable)
    mm.anon_rss += PAGES
    vmf.took(FaultKind.HUGE, slot, FULL, kernel.cost.fault + PAGES * kernel.cost.clear_page)
    return True


def _pte_alloc_one(vmf: Vmf, block: Pageblock) -> int:
    """The page table to deposit behind a huge page, which is given back where there is none."""
    try:
        return table_frames(vmf.kernel, vmf.task, 1)[0]
    except OutOfMemory:
        uncharge_huge(vmf.kernel, vmf.mm.memcg)
        free_huge_blocks(vmf.kernel, [block])
        raise


def do_huge_pmd_wp_page(vmf: Vmf, slot: int, pmd: HugePmd, page: int) -> bool:
    """A write to a write-protected huge page: reuse it when nobody else maps it, else copy it, huge or small.

    `page` is the one that is written to. False: reclaim has changed the entry meanwhile, the fault is to be repeated.
    """
    kernel = vmf.kernel
    kernel.own(pmd)
    if pmd.block.huge_mapcount == 1:
        pmd.writable = pmd.dirty = pmd.young = True
        vmf.took(FaultKind.HUGE_REUSE, slot, FULL, kernel.cost.fault)
        return True
    before = pmd.young, pmd.dirty
    new = _copy_target(vmf, slot)
    done = _copy_small(vmf, slot, pmd, before, page) if new is None else _copy_huge(vmf, slot, pmd, before, new)
    if not done:
        vmf.took(FaultKind.RETRY, slot, 1 << page, kernel.cost.fault)
    return done


def _changed(vmf: Vmf, slot: int, pmd: HugePmd, before: tuple[bool, bool]) -> bool:
    """Has reclaim, while memory was looked for, split the page or found it young (pmd_same)?"""
    return vmf.mm.pmds.get(slot) is not pmd or (pmd.young, pmd.dirty) != before


def _copy_huge(vmf: Vmf, slot: int, pmd: HugePmd, before: tuple[bool, bool], new: Pageblock) -> bool:
    """Copy a shared huge page to a fresh one; False when its entry has changed."""
    kernel, mm, old = vmf.kernel, vmf.mm, pmd.block
    if not charge_huge(kernel, mm.memcg, vmf.task.cpu):
        free_huge_blocks(kernel, [new])
        raise OutOfMemory("no room in the group for the copy of a huge page", gfp=0)  # pagefault_out_of_memory
    if _changed(vmf, slot, pmd, before):
        uncharge_huge(kernel, mm.memcg)
        free_huge_blocks(kernel, [new])
        return False
    if old.tagged:
        copy_tags(kernel, (old, old.tagged), new, 0)
    new_huge_page(kernel, vmf.task.cpu, vmf.vma, new, slot)
    kernel.own(mm)
    mm.pmds[slot] = HugePmd(new, writable=True, epoch=kernel.journal.epoch)
    gather = MmuGather(kernel, vmf.task.cpu)
    gather.remove_huge(old)
    gather.finish()
    vmf.took(FaultKind.HUGE_COPY, slot, FULL, kernel.cost.fault + PAGES * kernel.cost.copy_page)
    return True


def _copy_target(vmf: Vmf, slot: int) -> Pageblock | None:
    """A huge page to copy to, if the policy wants one now; every other outcome counts as fallback."""
    kernel = vmf.kernel
    address = slot << HPAGE_SHIFT
    if kernel.thp.debug_cow:
        kernel.trace.emit(ThpFaultFallback(vmf.task.pid, address, FallbackReason.DEBUG_COW, copy=True))
        return None
    if not transparent_hugepage_enabled(kernel, vmf.vma):
        kernel.trace.emit(ThpFaultFallback(vmf.task.pid, address, FallbackReason.NOT_ELIGIBLE, copy=True))
        return None
    return _alloc_hugepage(vmf, slot, copy=True)


def _small_pages(vmf: Vmf, slot: int, old: Pageblock, page: int) -> list[PageRun]:
    """512 small pages, each charged; none of them when there are not so many.

    They are placed alike, near the page they replace (since commit 11), as if all were for the page written to.
    """
    kernel, task = vmf.kernel, vmf.task
    node = old.zone.node if kernel.features.cow_copies_keep_node else kernel.cpus[task.cpu].node
    gfp = Gfp.HIGHUSER_MOVABLE
    if kernel.intended.other_node_counts and kernel.features.other_node_flag and kernel.build.numa:
        gfp |= Gfp.OTHER_NODE
    _, where = page_placement(kernel, task, vmf.vma, slot, 1 << page, (node, gfp))
    found: list[PageRun] = []
    missing = FULL
    try:
        while missing:
            part, pages = charged_pages(vmf, missing, where, gfp)
            found += pages
            missing ^= part
    except OutOfMemory:
        put_new_pages(vmf, found)
        raise
    return found


def _copy_small(vmf: Vmf, slot: int, pmd: HugePmd, before: tuple[bool, bool], page: int) -> bool:
    """Copy a shared huge page to 512 small ones behind the deposited page table (do_huge_pmd_wp_page_fallback).

    False when its entry has changed.
    """
    kernel, mm, old = vmf.kernel, vmf.mm, pmd.block
    pages = _small_pages(vmf, slot, old, page)
    if _changed(vmf, slot, pmd, before):
        put_new_pages(vmf, pages)
        return False
    kernel.own(mm)
    table = PageTable(pfn=withdraw(kernel, mm), epoch=kernel.journal.epoch)
    mm.pmds[slot] = table
    mm.nr_ptes += 1
    map_new_pages(vmf, slot, table, FULL, pages)
    if old.tagged:
        for mask, block, shift in pieces(kernel, table, old.tagged):
            copy_tags(kernel, (old, mask), block, shift)
    gather = MmuGather(kernel, vmf.task.cpu)
    gather.remove_huge(old)
    gather.finish()
    vmf.took(FaultKind.HUGE_TO_SMALL, slot, FULL, kernel.cost.fault + PAGES * kernel.cost.copy_page)
    return True
