"""Faults on pages of hugetlbfs (mm/hugetlb.c: hugetlb_fault)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.bug import bug
from thpsh.mm.content import set_tag
from thpsh.mm.hugetlb.no_page import NoHugePage
from thpsh.mm.hugetlb.refs import count_cached, put_mapping, set_page_dirty
from thpsh.mm.hugetlb.reserve import alloc_huge_page, index_of, inode_of
from thpsh.mm.memory.nonpresent import poisoned_fault
from thpsh.mm.page_flags import poisoned
from thpsh.mm.pgtable import upper_alloc
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.structs.bits import FULL, PAGES, lowest
from thpsh.structs.hugetlb import HugetlbPte
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.structs.hugetlb import HugetlbPage


def hugetlb_fault(vmf: Vmf, slot: int, pages: int) -> None:
    """Access some pages of a slot: its huge page is mapped, made writable or copied if need be.

    Raises NoHugePage or PoisonedPage, with the address of the first of the pages, where that cannot be done.
    """
    kernel = vmf.kernel
    address = (slot << HPAGE_SHIFT) + (lowest(pages) << PAGE_SHIFT)
    if slot in vmf.mm.hugetlb_lost:
        poisoned_fault(vmf, slot, lowest(pages))
    entry = vmf.mm.hugetlb.get(slot)
    if entry is None:
        entry = _no_page(vmf, slot, address)
    elif vmf.write and not entry.writable:
        kind = _cow(vmf, slot, entry, address)
        copied = PAGES * kernel.cost.copy_page if kind is FaultKind.HUGETLB_COPY else 0
        vmf.took(kind, slot, FULL, kernel.cost.fault + copied)
    kernel.own(entry)
    entry.young = True
    entry.dirty |= vmf.write


def _no_page(vmf: Vmf, slot: int, address: int) -> HugetlbPte:
    """Map the page of a file, or a fresh one (hugetlb_no_page)."""
    kernel, vma, mm = vmf.kernel, vmf.vma, vmf.mm
    if vma.reserve_lost:
        kernel.trace.emit(Printk(f"PID {vmf.task.pid} killed due to inadequate hugepage pool"))
        raise NoHugePage(address)
    upper_alloc(kernel, vmf.task, mm, slot)
    page, fresh = _page(vmf, slot, address)
    if not fresh and poisoned(page.block):
        poisoned_fault(vmf, slot, address >> PAGE_SHIFT & PAGES - 1)  # hit before this process had an entry for it
    kernel.own(page)
    page.uptodate = True
    page.mapcount += 1
    writable = Vm.WRITE | Vm.SHARED
    entry = HugetlbPte(page, vma.flags & writable == writable, epoch=kernel.epoch)
    kernel.own(mm)
    mm.hugetlb[slot] = entry
    if vmf.write and not vma.flags & Vm.SHARED:
        entry.writable = True  # nobody else has the page: it needs no copy (hugetlb_cow)
    clear = PAGES * kernel.cost.clear_page if fresh else 0
    vmf.took(FaultKind.HUGETLB, slot, FULL, kernel.cost.fault + clear)
    return entry


def _page(vmf: Vmf, slot: int, address: int) -> tuple[HugetlbPage, bool]:
    """The page for a slot, and whether it is fresh."""
    kernel, vma = vmf.kernel, vmf.vma
    index = index_of(vma, slot)
    shared = vma.flags & Vm.MAYSHARE
    page = inode_of(vma).pages.get(index) if shared else None
    if page is not None:
        return page, False
    page = alloc_huge_page(kernel, vmf.task, vma, slot, avoid_reserve=False)
    if page is None:
        raise NoHugePage(address)
    kernel.own(page)
    if shared:
        inode = inode_of(vma)
        kernel.own(inode)
        inode.pages[index] = page
        page.cached = True
        count_cached(kernel, page, 1)
    else:
        anon_vma_prepare(kernel, vma)
        page.anon = True
    return page, True


def _cow(vmf: Vmf, slot: int, entry: HugetlbPte, address: int) -> FaultKind:
    """Make a write-protected entry writable, on a copy if others map the page, too.

    The process that made the mapping must not fail here: when the pool is empty, it takes the page away from its
    children, who get SIGBUS should they ever come for it.
    """
    kernel, vma = vmf.kernel, vmf.vma
    old = entry.page
    kernel.own(entry)
    if old.mapcount > 1:
        owner = vma.reserve is not None
        new = alloc_huge_page(kernel, vmf.task, vma, slot, avoid_reserve=owner)
        if new is not None:
            if old.block.tagged:
                set_tag(kernel, new.block, old.block.tagged, old.block.tag)
            kernel.own(new)
            new.mapcount = 1
            new.anon = new.uptodate = True
            entry.page, entry.writable = new, True
            put_mapping(kernel, old)
            return FaultKind.HUGETLB_COPY
        if not owner:
            raise NoHugePage(address)
        _unmap_ref_private(vmf, slot, old)
        if old.count != 1:  # pinned
            bug(kernel, "mm/hugetlb.c:2400", vmf.task.name, ("hugetlb_cow", "hugetlb_fault", "handle_mm_fault"))
    entry.writable = True
    return FaultKind.HUGETLB_REUSE


def _unmap_ref_private(vmf: Vmf, slot: int, page: HugetlbPage) -> None:
    """Take a page away from all mappings that have no promise of their own."""
    kernel, vma = vmf.kernel, vmf.vma
    if vma.file is None:
        return
    index = index_of(vma, slot)
    for other in vma.file.mapping.maps:
        if other is vma or other.reserve is not None:
            continue
        place = (other.start >> HPAGE_SHIFT) + index - index_of(other, other.start >> HPAGE_SHIFT)
        entry = other.mm.hugetlb.get(place)
        if entry is not None and entry.page is page and other.start <= place << HPAGE_SHIFT < other.end:
            kernel.own(other.mm)
            del other.mm.hugetlb[place]
            kernel.own(other)
            other.reserve_lost = True
            if entry.dirty:
                set_page_dirty(kernel, page)
            put_mapping(kernel, page)
