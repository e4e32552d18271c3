"""What must hold of pages lost to memory errors; a part of debug_vm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.buddy import free_mask
from thpsh.mm.page_flags import poisoned
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.page import HPAGE_SHIFT
from thpsh.structs.page_table import PageTable
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_offset, swp_type
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock, RareFlags


def check_poison(kernel: Kernel, mms: list[Mm]) -> None:
    """Poisoned frames are counted; poison entries lead to them, unless somebody unpoisoned any."""
    found = 0
    for zone in kernel.zones:
        for block in zone.pageblocks.values():
            if block.rare is not None:
                found += block.rare.hwpoison.bit_count()
                _check_block(kernel, block, block.rare)
    if found > kernel.totals.hwpoison_pages + kernel.totals.hwpoison_missed:
        raise ModelBug(f"{found} poisoned pages, but HardwareCorrupted counts {kernel.totals.hwpoison_pages}")
    for mm in mms:
        for slot, table in mm.pmds.items():
            if isinstance(table, PageTable) and table.swapped:
                _check_entries(kernel, f"mm {mm.number} slot {slot:#x}", table)
        _check_huge_entries(kernel, mm)


def _check_block(kernel: Kernel, block: Pageblock, rare: RareFlags) -> None:
    """What the allocator refused is on no list; a page of the pool whose head is poisoned is so all over."""
    where = f"pageblock {block.index:#x}"
    free = free_mask(block) | block.pcp
    used = block.once | block.cached | block.pagevec | block.tables | block.kernel
    if rare.lost & (free | used):
        raise ModelBug(f"{where}: frames {rare.lost & (free | used):#x} are lost, but free or in use")
    if rare.uncounted & free:
        raise ModelBug(f"{where}: frames {rare.uncounted & free:#x} lack a reference and are free")
    if any(count <= 0 for count in rare.pins.values()):
        raise ModelBug(f"{where}: references {rare.pins}")
    if block.index in kernel.hugetlb.pages and rare.hwpoison & 1 and rare.hwpoison != FULL:
        raise ModelBug(f"{where}: a page of the pool is poisoned in part: {rare.hwpoison:#x}")
    if (rare.hwpoison | rare.lost | rare.uncounted) and not kernel.totals.hwpoison_seen:
        raise ModelBug(f"{where}: frames are poisoned or lost, and the page allocator does not look")


def _check_huge_entries(kernel: Kernel, mm: Mm) -> None:
    for slot, pfn in mm.hugetlb_lost.items():
        where = f"mm {mm.number} slot {slot:#x}"
        vma = mm.vma_at(slot << HPAGE_SHIFT)
        if vma is None or not vma.flags & Vm.HUGETLB or slot in mm.hugetlb:
            raise ModelBug(f"{where}: a poison entry of a huge page outside of such a mapping, or beside one")
        if pfn & PAGES - 1:
            raise ModelBug(f"{where}: {pfn:#x} is no huge page")
        _check_frame(kernel, where, pfn)


def _check_entries(kernel: Kernel, where: str, table: PageTable) -> None:
    for page, entry in (table.swapped or {}).items():
        if table.present >> page & 1:
            raise ModelBug(f"{where}: page {page} is present and holds a swap entry")
        if swp_type(entry) == SWP_HWPOISON:
            _check_frame(kernel, f"{where}: page {page}", swp_offset(entry))


def _check_frame(kernel: Kernel, where: str, pfn: int) -> None:
    if not kernel.totals.unpoisoned and not poisoned(kernel.block_of(pfn)) >> (pfn & PAGES - 1) & 1:
        raise ModelBug(f"{where} says that frame {pfn:#x} is poisoned, which is not so")
