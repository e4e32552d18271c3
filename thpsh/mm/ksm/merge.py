"""Joining a page to a merged one (mm/ksm.c: try_to_merge_one_page, write_protect_page, replace_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.activate import mark_page_accessed
from thpsh.mm.frames import add, drop, frame_at
from thpsh.mm.huge_memory.split import split_huge_page
from thpsh.mm.ksm.items import place_of
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.page_flags import ksm_pages, rare_flags
from thpsh.mm.page_rmap import forget_owner, owner_of, page_dup_rmap, set_owner
from thpsh.mm.swap_state import swap_cached
from thpsh.mm.unevictable import mlock_vma_page, munlock_vma_page
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.ksm import KsmMerge

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


class Page(NamedTuple):
    """A page of an address space, and the frame behind it."""

    vma: Vma
    address: int
    block: Pageblock
    frame: int

    @property
    def content(self) -> int:
        """What it holds."""
        return self.block.content(self.frame)

    @property
    def merged(self) -> bool:
        """Is the frame a merged page (PageKsm)?"""
        return bool(ksm_pages(self.block) >> self.frame & 1)


def mergeable_page(kernel: Kernel, mm: Mm, address: int) -> Page | None:
    """The anonymous page at an address that may be merged, None if there is none (get_mergeable_page)."""
    if not mm.users:
        return None
    vma = mm.vma_at(address)
    if vma is None or not vma.flags & Vm.MERGEABLE or vma.anon_vma is None:
        return None
    slot, page = place_of(address)
    entry = mm.pmds.get(slot)
    if isinstance(entry, HugePmd):
        return Page(vma, address, entry.block, page)
    if entry is None or not (entry.present & ~entry.special) >> page & 1:
        return None
    block, frame = frame_at(kernel, entry, page)
    return None if block.cached >> frame & 1 else Page(vma, address, block, frame)


def try_to_merge(kernel: Kernel, page: Page, target: tuple[Pageblock, int] | None) -> bool:
    """Let a page become a merged one (without a target), or replace it by one with the same content.

    A huge page is split first, and stays so even if nothing comes of it.
    """
    block, frame, vma = page.block, page.frame, page.vma
    if target == (block, frame):
        return True  # a child's share of a merged page
    if not vma.flags & Vm.MERGEABLE:
        return False
    if block.huge:
        split_huge_page(kernel, block, SplitReason.KSM)
    slot, number = place_of(page.address)
    table = vma.mm.pmds[slot]
    if not isinstance(table, PageTable) or not _write_protect(kernel, table, number, page):
        return False
    if target is None:
        rare_flags(kernel, block).ksm |= 1 << frame
        mark_page_accessed(kernel, block, 1 << frame)
        return True
    if target[0].content(target[1]) != page.content:
        return False
    _replace(kernel, table, number, page, target)
    return True


def _write_protect(kernel: Kernel, table: PageTable, number: int, page: Page) -> bool:
    """Make the entry read-only and clean, unless somebody else holds the page."""
    bit, frame_bit, block = 1 << number, 1 << page.frame, page.block
    if (table.writable | table.dirty) & bit:
        rare = block.rare
        held = block.pagevec | (rare.isolated | sum(1 << frame for frame in rare.pins) if rare is not None else 0)
        if held & frame_bit:
            return False
        kernel.own(table)
        if table.dirty & bit:
            kernel.own(block)
            block.dirty |= frame_bit
        table.writable &= ~bit
        table.dirty &= ~bit
        kernel.clock.spend(kernel.cost.pte)
    return True


def _replace(kernel: Kernel, table: PageTable, number: int, page: Page, target: tuple[Pageblock, int]) -> None:
    """Map the merged page instead; the old one is freed when nobody else maps it."""
    bit, (block, frame) = 1 << number, target
    cpu = kernel.ksm.cpu
    kernel.own(block)
    if not block.once >> frame & 1:
        _map_again(kernel, block, frame)
    page_dup_rmap(block, 1 << frame)
    kernel.own(table)
    drop(table, bit)
    add(table, bit, block, frame - number)
    table.young |= bit
    locked = bool(page.vma.flags & Vm.LOCKED)
    if locked:
        munlock_vma_page(kernel, cpu, page.block, 1 << page.frame)
    gather = MmuGather(kernel, cpu)
    gather.remove(page.block, 1 << page.frame)
    gather.finish()
    if locked:
        mlock_vma_page(kernel, block, 1 << frame)
    kernel.clock.spend(kernel.cost.pte)
    kernel.trace.emit(KsmMerge(page.vma.mm.number, page.address, block.start_pfn + frame))


def _map_again(kernel: Kernel, block: Pageblock, frame: int) -> None:
    """A merged page that was mapped nowhere any more is mapped again.

    Its charge was given back meanwhile, unless it is in the swap cache.
    """
    kernel.own(block.zone.stat)
    block.zone.stat.nr_anon_pages += 1
    found = owner_of(block, frame)
    if found is not None and not swap_cached(block) >> frame & 1:
        owner, index = found
        forget_owner(block, 1 << frame)
        set_owner(block, 1 << frame, owner.mapping, None, index - frame)
