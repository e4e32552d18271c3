"""What becomes of khugepaged's page when a collapse fails, also in older kernels (mm/huge_memory.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.bug import bad_page, bug
from thpsh.mm.free_pages import free_huge_blocks
from thpsh.mm.memcontrol import uncharge_huge
from thpsh.structs.bits import PAGES

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock

_NAME: Final = "khugepaged"
_FREE: Final = ("free_pages_prepare", "__free_pages_ok", "free_compound_page", "put_compound_page", "put_page")
_ADD: Final = ("__lru_cache_add", "lru_cache_add_lru", "page_add_new_anon_rmap")


def charge_failed(kernel: Kernel, new: Pageblock) -> None:
    """No room in the group: the page is freed; builds without NUMA keep it for the next range, since commit 9.

    Before, they freed it as well, and went on using it; if the next range has no room either, it is freed twice.
    """
    daemon = kernel.khugepaged
    if kernel.build.numa:
        free_huge_blocks(kernel, [new])
    elif not kernel.features.collapse_keeps_spare_page:
        if daemon.spare_freed:
            _freed_again(kernel)
        free_huge_blocks(kernel, [new])
        kernel.own(daemon)
        daemon.spare_freed = True


def charge_again(kernel: Kernel) -> None:
    """The page was charged now; what an earlier range left charged on it, before commit 14, is not charged twice.

    The kernel sees its Used bit and takes the new charge back. Here it is the old one: between two groups that differs.
    """
    owner = kernel.khugepaged.spare_charged
    if owner is None:
        return
    kernel.own(kernel.khugepaged)
    kernel.khugepaged.spare_charged = None
    if owner.leaked:
        kernel.own(owner)
        owner.leaked -= PAGES
        uncharge_huge(kernel, owner)


def give_up_charged(kernel: Kernel, new: Pageblock, memcg: MemCgroup) -> None:
    """The second look failed, after the charge: that is given back, since commit 14.

    Before, the group stayed charged for ever, and the page met the free lists with its Used bit set.
    """
    if kernel.features.collapse_failure_uncharges or not kernel.features.memcg_huge_charge:
        uncharge_huge(kernel, memcg)
        if kernel.build.numa:
            free_huge_blocks(kernel, [new])
        return
    _leak(kernel, memcg)
    if kernel.build.numa:
        bad_page(kernel, (new, 0), memcg.path, _NAME, (*_FREE, "collapse_huge_page", "khugepaged", "kthread"))
    else:
        kernel.own(kernel.khugepaged)
        kernel.khugepaged.spare_charged = memcg


def _leak(kernel: Kernel, memcg: MemCgroup) -> None:
    """What was charged for a huge page has no page from here on; the root group has no limit to charge."""
    if memcg.parent is not None:
        kernel.own(memcg)
        memcg.leaked += PAGES


def take_spare(kernel: Kernel, memcg: MemCgroup) -> None:
    """The page allocated ahead, if any, goes into a page table.

    If it was freed meanwhile, this is where a reference is taken on a free page.
    """
    if kernel.khugepaged.spare_freed:
        _leak(kernel, memcg)
        bug(kernel, "include/linux/mm.h:370", _NAME, (*_ADD, "collapse_huge_page", "khugepaged", "kthread"))
    kernel.own(kernel.khugepaged)
    kernel.khugepaged.spare = None


def free_spare(kernel: Kernel) -> None:
    """The round is over: what was allocated ahead and not needed is freed."""
    daemon = kernel.khugepaged
    spare, owner = daemon.spare, daemon.spare_charged
    if daemon.spare_freed:
        _freed_again(kernel)
    if spare is None:
        return
    if owner is not None:
        bad_page(kernel, (spare, 0), owner.path, _NAME, (*_FREE, "khugepaged", "kthread"))
    else:
        free_huge_blocks(kernel, [spare])
    daemon.spare = daemon.spare_charged = None


def _freed_again(kernel: Kernel) -> None:
    """put_page_testzero: the reference count is 0 already."""
    bug(kernel, "include/linux/mm.h:274", _NAME, ("put_page", "khugepaged", "kthread"))
