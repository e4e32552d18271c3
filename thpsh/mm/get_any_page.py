"""A reference to a page that is to go out of use, whatever it is (mm/memory-failure.c: get_any_page).

Its pageblock is isolated for a moment, so that nobody allocates the page meanwhile (mm/page_alloc.c:
set_migratetype_isolate). Of this a Movable pageblock remains, whatever it was before, and empty per-cpu page lists.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.buddy_fallback import move_freepages_block, set_pageblock_migratetype
from thpsh.mm.memory_failure import Taken, page_of
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.page_kind import PageKind, kind_of, page_count
from thpsh.mm.page_state import on_lru
from thpsh.mm.pcp import drain_pages
from thpsh.mm.pins import get_page
from thpsh.mm.raw_page_flags import raw_page_flags
from thpsh.structs.bits import PAGES
from thpsh.structs.page import PAGEBLOCK_ORDER, MigrateType
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel


def get_any_page(kernel: Kernel, pfn: int, taken: Taken) -> bool:
    """Take a reference to a page, unless the caller has one; False for a free one, which nobody gets any more.

    EIO for a page without references that is not free, or does not look so.
    """
    if taken is not Taken.NOTHING:
        return True
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_seen = True  # the kernel's own pages may now have a reference too many
    block, frame = page_of(kernel, pfn)
    with _isolated(kernel, pfn):
        pool = kernel.hugetlb.pages.get(block.index)
        if page_count(kernel, pfn):
            get_page(kernel, block, 0 if block.huge or pool is not None else frame)
            return True
        if pool is not None:
            from thpsh.mm.hugetlb.failure import dequeue_hwpoisoned_huge_page  # few hosts have a pool

            _say(kernel, f"get_any_page: {pfn:#x} free huge page")
            dequeue_hwpoisoned_huge_page(kernel, pool)
            return False
        if kind_of(kernel, pfn) is PageKind.BUDDY:
            _say(kernel, f"get_any_page: {pfn:#x} free buddy page")
            rare_flags(kernel, block).hwpoison |= 1 << frame
            return False
        flags = raw_page_flags(kernel, pfn)
        _say(kernel, f"get_any_page: {pfn:#x}: unknown zero refcount page type {flags:x}")
        raise KernelError(Errno.EIO, f"page {pfn:#x} has no references and is not free")


@contextmanager
def _isolated(kernel: Kernel, pfn: int) -> Iterator[None]:
    index = pfn >> PAGEBLOCK_ORDER
    zone = kernel.zone_of(index)
    if not _may_isolate(kernel, pfn):
        yield
        return
    set_pageblock_migratetype(kernel, zone, index, MigrateType.ISOLATE)
    move_freepages_block(kernel, zone, index, MigrateType.ISOLATE)
    for cpu in kernel.cpus:
        drain_pages(kernel, cpu.number)
    try:
        yield
    finally:
        set_pageblock_migratetype(kernel, zone, index, MigrateType.MOVABLE)
        move_freepages_block(kernel, zone, index, MigrateType.MOVABLE)


def _may_isolate(kernel: Kernel, pfn: int) -> bool:
    """Is the pageblock Movable, or are the 512 pages from this one on all free or on LRU lists?"""
    if kernel.zone_of(pfn >> PAGEBLOCK_ORDER).migratetype(pfn >> PAGEBLOCK_ORDER) == MigrateType.MOVABLE:
        return True
    for each in range(pfn, pfn + PAGES):
        index = each >> PAGEBLOCK_ORDER
        block = kernel.zone_of(index).pageblocks.get(index)
        compound = block is not None and (block.huge or index in kernel.hugetlb.pages)
        if (compound and each & PAGES - 1) or not page_count(kernel, each):
            continue
        if block is None or not on_lru(block, each & PAGES - 1):
            return False
    return True


def _say(kernel: Kernel, text: str) -> None:
    kernel.trace.emit(Printk(text))
