"""References to pages of the pool (mm/swap.c: put_page, put_compound_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.hugetlb.pool import free_huge_page

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel

HEAD: Final = 1  # flags stand on the first frame


def put_huge_page(kernel: Kernel, page: HugetlbPage, frame: int = 0) -> None:
    """One reference less; one taken on a tail and dropped on the head leaves the tail's own count wrong for good."""
    kernel.own(page)
    page.refs -= 1
    if frame:
        page.tails[frame] -= 1
        if not page.tails[frame]:
            del page.tails[frame]
    if not page.count:
        free_huge_page(kernel, page)


def put_mapping(kernel: Kernel, page: HugetlbPage) -> None:
    """One mapping of a page less (page_remove_rmap, put_page)."""
    kernel.own(page)
    page.mapcount -= 1
    if not page.count:
        free_huge_page(kernel, page)


def set_page_dirty(kernel: Kernel, page: HugetlbPage) -> None:
    """Note on the head that the page was written to; in the pool it stays so (hugetlbfs_set_page_dirty)."""
    block = page.block
    if not block.dirty & HEAD:
        kernel.own(block)
        block.dirty |= HEAD


def count_cached(kernel: Kernel, page: HugetlbPage, by: int) -> None:
    """A page of a file counts as one page of the page cache, large as it is (add_to_page_cache)."""
    stat = page.block.zone.stat
    kernel.own(stat)
    stat.nr_file_pages += by


def truncate_huge_page(kernel: Kernel, page: HugetlbPage) -> None:
    """Take a page that nobody maps out of its file; it is freed unless somebody else refers to it."""
    block = page.block
    kernel.own(block)
    block.dirty &= ~HEAD
    kernel.own(page)
    page.uptodate = page.cached = False
    count_cached(kernel, page, -1)
    if not page.count:
        free_huge_page(kernel, page)
