"""Moving a page of the pool to another one (mm/migrate.c: migrate_huge_pages, unmap_and_move_huge_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.content import copy_tags
from thpsh.mm.hugetlb.pool import alloc_surplus, dequeue, free_huge_page
from thpsh.mm.hugetlb.refs import count_cached, put_huge_page, set_page_dirty
from thpsh.mm.hugetlb.rmap import file_of, reachable
from thpsh.structs.bits import FULL, PAGES

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.vma import Vma

_PASSES: Final = 10


class NoTarget(Exception):
    """There is no page to move to (ENOMEM)."""


def migrate_huge_page(kernel: Kernel, cpu: int, page: HugetlbPage) -> bool:
    """Move a page, to which the caller has a reference, to another of its node; the caller's reference is gone then.

    False if others refer to it, or map it where the kernel does not find them, even at the tenth attempt. Raises
    NoTarget. The new page may be one that is promised to somebody else.
    """
    for _ in range(_PASSES):
        new = _alloc_huge_page_node(kernel, cpu, page.block.zone.node)
        places = reachable(kernel, page)
        _unmap(kernel, page, places)
        if page.mapcount == len(places) and page.refs == 1:
            _move(kernel, page, new, places)
            put_huge_page(kernel, page)
            if not new.count:
                free_huge_page(kernel, new)
            return True
        free_huge_page(kernel, new)
    return False


def _alloc_huge_page_node(kernel: Kernel, cpu: int, node: int) -> HugetlbPage:
    """A page of a node: from the pool, without regard to promises, or as surplus (alloc_huge_page_node)."""
    page = dequeue(kernel, [node]) or alloc_surplus(kernel, cpu, node)
    if page is None:
        raise NoTarget
    return page


def _unmap(kernel: Kernel, page: HugetlbPage, places: list[tuple[Vma, int]]) -> None:
    """Entries give way to migration entries and come back old and clean; what was written shows in the page."""
    for vma, slot in places:
        entry = vma.mm.hugetlb[slot]
        if entry.dirty:
            set_page_dirty(kernel, page)
        kernel.own(entry)
        entry.dirty = entry.young = False
    kernel.clock.spend(2 * len(places) * kernel.cost.huge_pmd)


def _move(kernel: Kernel, page: HugetlbPage, new: HugetlbPage, places: list[tuple[Vma, int]]) -> None:
    """Copy the page and let everybody find the new one (migrate_page_copy, remove_migration_ptes)."""
    kernel.own(page)
    kernel.own(new)
    old_block, block = page.block, new.block
    found = file_of(kernel, page)
    if found is not None and found[0].hugetlb is not None:
        kernel.own(found[0].hugetlb)
        found[0].hugetlb.pages[found[1]] = new
        page.cached, new.cached = False, True
        count_cached(kernel, page, -1)
        count_cached(kernel, new, 1)
    for vma, slot in places:
        vma.mm.hugetlb[slot].page = new
    new.mapcount, page.mapcount = page.mapcount, 0
    new.anon, page.anon = page.anon, False
    new.uptodate = page.uptodate
    copy_tags(kernel, (old_block, FULL), block, 0)
    kernel.own(old_block)
    kernel.own(block)
    block.dirty |= old_block.dirty
    block.referenced |= old_block.referenced
    old_block.dirty = 0
    kernel.clock.spend(PAGES * kernel.cost.copy_page)
