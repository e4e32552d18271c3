"""Soft offline of pages of the pool (mm/memory-failure.c: soft_offline_huge_page). Nothing of it is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.bug import oops
from thpsh.mm.current import current
from thpsh.mm.get_any_page import get_any_page
from thpsh.mm.hugetlb.failure import dequeue_hwpoisoned_huge_page, set_page_hwpoison_huge_page
from thpsh.mm.hugetlb.migrate import NoTarget, migrate_huge_page
from thpsh.mm.hugetlb.refs import put_huge_page
from thpsh.mm.memory_failure import Taken, page_of
from thpsh.mm.page_flags import poisoned
from thpsh.structs.bits import PAGES
from thpsh.trace.events.memory_failure import SoftOffline

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel

_FREELISTS: Final = 0x48  # offset of hugepage_freelists in struct hstate
_LIST_HEAD: Final = 16


def soft_offline_huge_page(kernel: Kernel, cpu: int, pfn: int, taken: Taken) -> None:
    """Move a huge page to another of the pool, and keep it out of there; EBUSY, ENOMEM or EIO if that cannot be done.

    A reference that the caller has to a tail is given back as one to the head: the tail is not free of it any more.
    """
    block, _ = page_of(kernel, pfn)
    page = kernel.hugetlb.pages[block.index]
    if get_any_page(kernel, pfn, taken):
        if poisoned(block) & 1:
            put_huge_page(kernel, page)
            raise KernelError(Errno.EBUSY, f"the huge page of {pfn:#x} is poisoned already")
        _migrate(kernel, cpu, page)
    if block.index not in kernel.hugetlb.pages:
        _left_the_pool(kernel, page)
    kernel.own(kernel.totals)
    if not poisoned(block) & 1:
        kernel.totals.hwpoison_pages += PAGES
    kernel.totals.hwpoison_seen = True
    set_page_hwpoison_huge_page(kernel, page)
    dequeue_hwpoisoned_huge_page(kernel, page)
    kernel.trace.emit(SoftOffline(pfn))


def _migrate(kernel: Kernel, cpu: int, page: HugetlbPage) -> None:
    try:
        moved = migrate_huge_page(kernel, cpu, page)
    except NoTarget:
        put_huge_page(kernel, page)
        pool = kernel.hugetlb
        why = f"the pool has no free page on this node, and {pool.surplus} of {pool.overcommit} surplus pages"
        raise KernelError(Errno.ENOMEM, why) from None
    if not moved:
        put_huge_page(kernel, page)
        raise KernelError(Errno.EIO, "somebody else refers to the huge page, or maps it where it is not found")


def _left_the_pool(kernel: Kernel, page: HugetlbPage) -> None:
    """Its successor was surplus, so the old page went to the buddy allocator: 3.0 looks for a pool of small pages."""
    nid = page.block.zone.node
    calls = ("dequeue_hwpoisoned_huge_page", "soft_offline_huge_page", "soft_offline_page")
    oops(kernel, _FREELISTS + nid * _LIST_HEAD, current(kernel).name, calls)
