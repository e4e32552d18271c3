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


def charge_failed(kernel: Kernel, new: Pageblock) -> None:
    """No room in the group: the page is freed; builds without NUMA keep it for the next range, since commit 9.

    Before, they freed it as well, and went on using it.
    """
    daemon = kernel.khugepaged
    if kernel.build.numa:
        free_huge_blocks(kernel, [new])
    elif not kernel.features.collapse_keeps_spare_page:
        free_huge_blocks(kernel, [new])
        kernel.own(daemon)
        daemon.spare_freed = True


def give_up_charged(kernel: Kernel, new: Pageblock, memcg: MemCgroup) -> None:
    """The second look failed, after the charge: that is given back, since commit 14.

    Before, the group stayed charged for ever, and the page met the free lists with its Used bit set.
    """
    if kernel.features.collapse_failure_uncharges or not kernel.features.memcg_huge_charge:
        uncharge_huge(kernel, memcg)
        if kernel.build.numa:
            free_huge_blocks(kernel, [new])
        return
    if not kernel.khugepaged.spare_charged and memcg.parent is not None:
        kernel.own(memcg)
        memcg.leaked += PAGES
    if kernel.build.numa:
        bad_page(kernel, new, memcg.path, _NAME, (*_FREE, "collapse_huge_page", "khugepaged", "kthread"))
    else:
        kernel.own(kernel.khugepaged)
        kernel.khugepaged.spare_charged = True


def check_spare(kernel: Kernel) -> Pageblock | None:
    """The page allocated ahead; if it was freed meanwhile, this is where a reference is taken on a free page."""
    if kernel.khugepaged.spare_freed:
        _count_is_zero(kernel, "collapse_huge_page")
    return kernel.khugepaged.spare


def take_spare(kernel: Kernel) -> None:
    """The page allocated ahead is in use now (the caller owns the daemon)."""
    daemon = kernel.khugepaged
    daemon.spare = None
    daemon.spare_charged = False


def free_spare(kernel: Kernel) -> None:
    """The round is over: what was allocated ahead and not needed is freed."""
    daemon = kernel.khugepaged
    spare = daemon.spare
    if daemon.spare_freed:
        _count_is_zero(kernel, "khugepaged_loop")
    if spare is None:
        return
    if daemon.spare_charged:
        bad_page(kernel, spare, "?", _NAME, (*_FREE, "khugepaged_loop", "khugepaged", "kthread"))
    else:
        free_huge_blocks(kernel, [spare])
    take_spare(kernel)


def _count_is_zero(kernel: Kernel, where: str) -> None:
    bug(kernel, "include/linux/mm.h:370", _NAME, ("put_page", where, "khugepaged", "kthread"))
