"""Merged pages that come back from swap (mm/ksm.c: ksm_might_need_to_copy, ksm_does_need_to_copy).

What was one page went to one slot, and every page table that mapped it holds that slot. The first that comes back gets
the page that is read; for whoever it does not belong to, it is copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.content import copy_tags
from thpsh.mm.memory.anonymous import map_new_pages, new_pages
from thpsh.mm.page_flags import ksm_pages, rare_flags
from thpsh.mm.page_rmap import forget_owner, owner_of, set_owner
from thpsh.structs.anon_vma import AnonVma
from thpsh.structs.page import Gfp

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


def might_need_to_copy(found: tuple[Pageblock, int], vma: Vma, address: int) -> bool:
    """Does a page of the swap cache belong to another family of processes, or to another place of this one?"""
    block, frame = found
    if ksm_pages(block) >> frame & 1:
        return False  # still merged: it can be mapped anywhere
    owner = owner_of(block, frame)
    if owner is None or not isinstance(owner[0].mapping, AnonVma) or vma.anon_vma is None:
        return False
    return owner[0].mapping.top is not vma.anon_vma.top or owner[1] != vma.linear_page_index(address)


def copy_page(vmf: Vmf, slot: int, page: int, found: tuple[Pageblock, int]) -> list[PageRun]:
    """A copy of a page of the swap cache, charged to the process; the page itself stays where it is."""
    kernel, (block, frame) = vmf.kernel, found
    rare = rare_flags(kernel, block)
    rare.isolated |= 1 << frame
    try:
        _, pages = new_pages(vmf, slot, 1 << page, Gfp.HIGHUSER_MOVABLE)
    finally:
        kernel.own(rare)
        rare.isolated &= ~(1 << frame)
    fresh, first, _ = pages[0]
    kernel.own(fresh)
    copy_tags(kernel, (block, 1 << frame), fresh, first - frame)
    return pages


def map_copy(vmf: Vmf, slot: int, table: PageTable, page: int, pages: list[PageRun]) -> None:
    """Map a copy; whoever only reads gets it read-only, and it is the whole family's."""
    kernel, bit = vmf.kernel, 1 << page
    map_new_pages(vmf, slot, table, bit, pages)
    kernel.own(vmf.mm)
    vmf.mm.anon_rss += 1
    block, frame, _ = pages[0]
    block.dirty |= 1 << frame
    if vmf.write:
        table.dirty |= bit
        return
    table.writable &= ~bit
    table.dirty &= ~bit
    owner = owner_of(block, frame)
    if owner is not None and isinstance(owner[0].mapping, AnonVma):
        forget_owner(block, 1 << frame)
        set_owner(block, 1 << frame, owner[0].mapping.top, owner[0].memcg, owner[1] - frame)
