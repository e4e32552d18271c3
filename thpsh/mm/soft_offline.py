"""Taking a page out of use before it fails, without harm to anybody (mm/memory-failure.c: soft_offline_page)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.free_pages import free_runs
from thpsh.mm.get_any_page import get_any_page
from thpsh.mm.huge_memory.split import split_huge_page
from thpsh.mm.lru import del_page_from_lru
from thpsh.mm.memory_failure import Taken, page_of, shake_page
from thpsh.mm.migrate_pages import migrate_pages
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.page_alloc import OutOfMemory, alloc_small
from thpsh.mm.page_flags import poisoned, rare_flags
from thpsh.mm.page_kind import PageKind, kind_of, page_count
from thpsh.mm.page_rmap import owner_of
from thpsh.mm.page_state import on_lru, truncate_page
from thpsh.mm.pins import put_page
from thpsh.mm.raw_page_flags import raw_page_flags
from thpsh.structs.bits import FULL
from thpsh.structs.page import Gfp
from thpsh.structs.page_cache import AddressSpace
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.memory_failure import SoftOffline
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

_CACHE_AND_CALLER = 2


def soft_offline_page(kernel: Kernel, cpu: int, pfn: int, taken: Taken = Taken.NOTHING) -> None:
    """Move a page's contents away and never use it again; EIO, EBUSY or ENOMEM if that cannot be done.

    A page that is on no list stays, but the reference taken to look at it stays, too: a huge page of which a tail was
    meant is never freed.
    """
    block, frame = page_of(kernel, pfn)
    if block.index in kernel.hugetlb.pages:
        from thpsh.mm.hugetlb.offline import soft_offline_huge_page  # few hosts have a pool

        soft_offline_huge_page(kernel, cpu, pfn, taken)
        return
    if get_any_page(kernel, pfn, taken) and not _get_listed(kernel, cpu, pfn, taken):
        if poisoned(block) >> frame & 1:
            put_page(kernel, cpu, block, frame)
            _say(kernel, f"soft offline: {pfn:#x} page already poisoned")
            raise KernelError(Errno.EBUSY, f"page {pfn:#x} is poisoned already")
        if not _invalidate(kernel, cpu, block, frame):
            _isolate_and_migrate(kernel, cpu, block, frame)
    rare_flags(kernel, page_of(kernel, pfn)[0]).hwpoison |= 1 << frame
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_pages += 1
    kernel.totals.hwpoison_seen = True
    kernel.trace.emit(SoftOffline(pfn))


def _get_listed(kernel: Kernel, cpu: int, pfn: int, taken: Taken) -> bool:
    """See that a page is on an LRU list, if need be after all caches were emptied; True if it turned out to be free."""
    block, frame = page_of(kernel, pfn)
    if on_lru(block, frame):
        return False
    put_page(kernel, cpu, block, 0 if block.huge and taken is not Taken.PAGE else frame)
    shake_page(kernel, pfn)
    if not get_any_page(kernel, pfn, Taken.NOTHING):
        return True
    if on_lru(block, frame):
        return False
    _say(kernel, f"soft_offline: {pfn:#x}: unknown non LRU page type {raw_page_flags(kernel, pfn):x}")
    raise KernelError(Errno.EIO, f"page {pfn:#x} is on no LRU list")


def _invalidate(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> bool:
    """Drop a clean page of a file that nobody maps or holds (invalidate_inode_page)."""
    found, bit = owner_of(block, frame), 1 << frame
    if found is None or not isinstance(found[0].mapping, AddressSpace) or not block.cached & bit:
        return False
    pfn = block.start_pfn + frame
    if (block.dirty | block.once) & bit or page_count(kernel, pfn) != _CACHE_AND_CALLER:
        return False
    truncate_page(kernel, cpu, (block, frame), found[0].mapping, found[1])
    put_page(kernel, cpu, block, frame)
    _say(kernel, f"soft_offline: {pfn:#x}: invalidated")
    return True


def _isolate_and_migrate(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> None:
    """Take a page off its list and move it; one that nobody but the caller referred to is simply freed."""
    pfn, bit = block.start_pfn + frame, 1 << frame
    put_page(kernel, cpu, block, frame)
    if kind_of(kernel, pfn) is not PageKind.USER:
        return
    del_page_from_lru(kernel, block, FULL if block.huge else bit)
    failed = _migrate(kernel, cpu, block, frame)
    if failed:
        flags = raw_page_flags(kernel, pfn)
        _say(kernel, f"soft offline: {pfn:#x}: migration failed {failed}, type {flags:x}")
        errno = Errno.ENOMEM if failed < 0 else Errno.EIO
        raise KernelError(errno, "no page to move to" if failed < 0 else "somebody else refers to the page")


def _migrate(kernel: Kernel, cpu: int, block: Pageblock, frame: int) -> int:
    """Move an isolated page to a new frame of its node; returns what migrate_pages would say, 0 for success.

    The old frame passes through the CPU's LRU cache: only when that is emptied it is freed, and found to be poisoned.
    A page that did not move is back on its list. A huge page that nobody maps but somebody holds cannot be split; 3.0
    takes that for a success and leaves it there.
    """
    bit = 1 << frame
    new_page = partial(_new_page, kernel, cpu, block.zone.node)
    if block.huge:
        spare = new_page(1)
        if not spare or not block.huge_mapcount:
            putback_lru_pages(kernel, cpu, [(block, FULL)])
        if not spare:
            return -Errno.ENOMEM  # without a page to move to it is not split
        free_runs(kernel, cpu, spare)
        if not block.huge_mapcount:
            return 0
        split_huge_page(kernel, block, SplitReason.SOFT_OFFLINE)
    outcome = migrate_pages(kernel, cpu, [(block, bit)], new_page)
    putback_lru_pages(kernel, cpu, outcome.left)
    return -Errno.ENOMEM if outcome.nomem else outcome.stayed


def _new_page(kernel: Kernel, cpu: int, node: int, count: int) -> list[PageRun]:
    try:
        return alloc_small(kernel, cpu, count, Gfp.HIGHUSER_MOVABLE, node)
    except OutOfMemory:
        return []


def _say(kernel: Kernel, text: str) -> None:
    kernel.trace.emit(Printk(text))
