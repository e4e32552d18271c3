"""Memory errors in pages of the pool, which are lost as a whole (mm/memory-failure.c; dequeue_hwpoisoned_huge_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.hugetlb.refs import HEAD, put_mapping, set_page_dirty
from thpsh.mm.hugetlb.rmap import covering, reachable
from thpsh.mm.hwpoison_user import UserMappings
from thpsh.mm.kill_procs import collect, kill_procs_ao
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.rss_stat import update_hiwater_rss
from thpsh.structs.bits import FULL
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPage
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm


def set_page_hwpoison_huge_page(kernel: Kernel, page: HugetlbPage) -> None:
    """Flag all of a page: what is lost is lost in units of huge pages."""
    rare_flags(kernel, page.block).hwpoison = FULL


def dequeue_hwpoisoned_huge_page(kernel: Kernel, page: HugetlbPage) -> bool:
    """Take a free page out of the pool for good: it still counts in its size, and as free no more."""
    here = kernel.hugetlb.nodes[page.block.zone.node]
    if page not in here.free:
        return False
    kernel.own(here)
    here.free.remove(page)
    kernel.own(page)
    page.refs = 1
    return True


def huge_user_mappings(kernel: Kernel, page: HugetlbPage, pfn: int) -> UserMappings:
    """Flag the page, take it from all who map it, and tell the processes that asked for it (hwpoison_user_mappings)."""
    set_page_hwpoison_huge_page(kernel, page)
    if not page.mapcount:
        return UserMappings(gone=True, dirty=bool(page.block.dirty & HEAD))
    victims = collect(kernel, page.block.start_pfn, covering(kernel, page))
    for vma, slot in reachable(kernel, page):
        _unmap_one(kernel, vma.mm, slot, page)
    failed = page.mapcount
    if failed:
        kernel.trace.emit(Printk(f"MCE {pfn:#x}: failed to unmap page (mapcount={failed})"))
    dirty = bool(page.block.dirty & HEAD)
    if dirty:
        kill_procs_ao(kernel, victims, pfn, fail=bool(failed))
    return UserMappings(gone=not failed, dirty=dirty)


def _unmap_one(kernel: Kernel, mm: Mm, slot: int, page: HugetlbPage) -> None:
    """Leave a poison entry. 3.0 subtracts a page from the resident ones, of which huge pages never were a part."""
    kernel.own(mm)
    entry = mm.hugetlb.pop(slot)
    if entry.dirty:
        set_page_dirty(kernel, page)
    update_hiwater_rss(kernel, mm)
    if page.anon:
        mm.anon_rss -= 1
        mm.lost_anon += 1
    else:
        mm.file_rss -= 1
        mm.lost_file += 1
    mm.hugetlb_lost[slot] = page.block.start_pfn
    kernel.clock.spend(kernel.cost.huge_pmd)
    put_mapping(kernel, page)
