"""Memory errors: the page is taken from all who map it and never used again (mm/memory-failure.c).

What handles an error keeps the reference it has to the page, so that this is never freed. `corrupt-pfn` without a
filter has none, and says that it has (3.0): the page is freed in the middle, and counted as in use by -1.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from thpsh.errors import Errno, KernelError
from thpsh.mm.buddy import pageblock_at
from thpsh.mm.hwpoison_filter import hwpoison_filter
from thpsh.mm.hwpoison_user import UserMappings, hwpoison_user_mappings
from thpsh.mm.locks import PAGE_LOCK, held
from thpsh.mm.page_alloc import drain_all_pages
from thpsh.mm.page_flags import poisoned, rare_flags
from thpsh.mm.page_kind import PageKind, kind_of, page_count, pfn_valid
from thpsh.mm.page_state import (
    DELAYED,
    FAILED,
    HUGE,
    IGNORED,
    RECOVERED,
    SWAP_CACHE,
    act_on,
    is_dirty,
    on_lru,
    state_of,
    truncated,
)
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.panic import panic
from thpsh.mm.pins import get_page, put_page
from thpsh.structs.bits import PAGES
from thpsh.structs.page import PAGEBLOCK_ORDER
from thpsh.trace.events.memory_failure import MemoryFailureEvent
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


class Taken(Enum):
    """The reference that the caller has (MF_COUNT_INCREASED)."""

    NOTHING = 0
    CLAIMED = 1  # none, though the flag says so
    HEAD = 2  # to the head of a compound page; to any other page itself
    PAGE = 3  # to the very page


class _Error(NamedTuple):
    """One error on its way through the kernel."""

    kernel: Kernel
    cpu: int
    block: Pageblock
    frame: int
    taken: Taken
    pages: int  # what HardwareCorrupted grew by

    @property
    def pfn(self) -> int:
        """The frame number."""
        return self.block.start_pfn + self.frame

    @property
    def head(self) -> int:
        """The frame that has the reference counts: of a compound page the first."""
        return 0 if self.compound else self.frame

    @property
    def pool(self) -> bool:
        """Is it a page of hugetlbfs (PageHuge)?"""
        return self.block.index in self.kernel.hugetlb.pages

    @property
    def compound(self) -> bool:
        """Is it a part of a huge page (PageTransCompound)?"""
        return self.block.huge or self.pool

    @property
    def kind(self) -> PageKind:
        """Who has the page."""
        return kind_of(self.kernel, self.pfn)


def memory_failure(kernel: Kernel, cpu: int, pfn: int, taken: Taken = Taken.NOTHING, trap: int = 0) -> None:
    """An uncorrected error in one page (__memory_failure); EBUSY where nothing could be done, ENXIO without a page.

    HardwareCorrupted grows by the whole compound page, 2048 kB, though of a transparent one only 4 kB are lost.
    """
    if not kernel.sysctl.memory_failure_recovery:
        panic(kernel, f"Memory failure from trap {trap} on page {pfn:x}")
    if not pfn_valid(kernel, pfn):
        _say(kernel, pfn, "memory outside kernel control")
        raise KernelError(Errno.ENXIO, f"there is no page {pfn:#x}")
    block, frame = page_of(kernel, pfn)
    if poisoned(block) >> frame & 1:
        _say(kernel, pfn, "already hardware poisoned")
        return
    compound = block.huge or block.index in kernel.hugetlb.pages
    error = _Error(kernel, cpu, block, frame, taken, PAGES if compound else 1)
    rare_flags(kernel, block).hwpoison |= 1 << frame
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_pages += error.pages
    kernel.totals.hwpoison_seen = True
    if taken is Taken.NOTHING:
        if not page_count(kernel, pfn):
            _on_unused(error)
            return
        get_page(kernel, block, error.head)
        error = error._replace(taken=Taken.HEAD)
    if not compound and not _shaken(error):
        return
    with held(kernel, PAGE_LOCK, f"page {pfn:#x}", "__memory_failure"):
        if hwpoison_filter(kernel, pfn):
            _forget(error)
        else:
            _unmap_and_act(error)


def page_of(kernel: Kernel, pfn: int) -> tuple[Pageblock, int]:
    """The pageblock of a valid frame number, made if there was none, and its place in it (pfn_to_page)."""
    index = pfn >> PAGEBLOCK_ORDER
    return pageblock_at(kernel, kernel.zone_of(index), index), pfn & PAGES - 1


def _forget(error: _Error) -> None:
    """The page is not one that the filter lets pass: nothing has happened."""
    kernel = error.kernel
    rare_flags(kernel, error.block).hwpoison &= ~(1 << error.frame)
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_pages -= error.pages
    _put(error, error.head)


def _put(error: _Error, frame: int) -> None:
    """Drop the caller's reference; where there was none, that of somebody else goes, who will lose the page one day."""
    if error.taken is not Taken.CLAIMED:
        frame = error.frame if error.taken is Taken.PAGE and not error.pool else frame
        put_page(error.kernel, error.cpu, error.block, frame)
    elif page_count(error.kernel, error.pfn):
        rare_flags(error.kernel, error.block).uncounted |= 1 << frame


def _on_unused(error: _Error) -> None:
    """A page without references is free, or looks so (action_result)."""
    if error.kind is PageKind.BUDDY:
        _result(error, "free buddy", DELAYED)
    elif error.pool:
        _on_free_huge(error)
    else:
        _result(error, "high order kernel", IGNORED)
        _busy("a page of the kernel, or one in a CPU's list of free pages")


def _on_free_huge(error: _Error) -> None:
    """A free page of the pool leaves it. A tail is taken for unpoisoned, as its head is not flagged yet (3.0).

    In 3.0 that page also stays locked: who gets it waits for ever. Here it can be used.
    """
    kernel = error.kernel
    kernel.own(kernel.totals)
    if error.frame or hwpoison_filter(kernel, error.pfn):
        if error.frame:
            kernel.totals.hwpoison_missed += 1
        else:
            rare_flags(kernel, error.block).hwpoison &= ~1
        kernel.totals.hwpoison_pages -= error.pages
        return
    from thpsh.mm.hugetlb.failure import dequeue_hwpoisoned_huge_page, set_page_hwpoison_huge_page

    page = kernel.hugetlb.pages[error.block.index]
    set_page_hwpoison_huge_page(kernel, page)
    dequeue_hwpoisoned_huge_page(kernel, page)
    _result(error, "free huge", DELAYED)


def _shaken(error: _Error) -> bool:
    """Is a small page on an LRU list, if need be after all caches were emptied? Nothing can be done otherwise."""
    if not on_lru(error.block, error.frame):
        shake_page(error.kernel, error.pfn)
    if on_lru(error.block, error.frame):
        return True
    if error.kind is not PageKind.BUDDY:
        _result(error, "non LRU", IGNORED)
        _put(error, error.frame)
        _busy("the page is on no LRU list: the kernel's own, or on its way somewhere")
    _result(error, "free buddy, 2nd try", DELAYED)
    return False


def shake_page(kernel: Kernel, pfn: int) -> None:
    """Empty the caches in which a page may wait to be listed, or to be free."""
    if kind_of(kernel, pfn) is PageKind.SLAB:
        return
    lru_add_drain_all(kernel)
    block, frame = page_of(kernel, pfn)
    if not on_lru(block, frame):
        drain_all_pages(kernel)


def _unmap_and_act(error: _Error) -> None:
    """Take a bad page out of use."""
    kernel, cpu, block, frame = error.kernel, error.cpu, error.block, error.frame
    pool = error.pool
    users = _user_mappings(error)
    if not users.gone:
        _say(kernel, error.pfn, "cannot unmap page, give up")
        _busy("somebody still maps the page")
    if not pool and on_lru(block, frame) and truncated(block, frame):
        _result(error, "already truncated LRU", IGNORED)
        _busy("its file is gone")
    freed = error.kind is PageKind.LOST
    state = HUGE if pool else state_of(kernel, block, frame)
    outcome = act_on(kernel, cpu, block, frame, state)
    others = page_count(kernel, error.pfn) - 1 - (state == SWAP_CACHE and outcome == DELAYED)
    dirty = users.dirty if freed else is_dirty(block, frame)
    _result(error, state, outcome, others, dirty=dirty)
    if others:
        _say(kernel, error.pfn, f"{state} page still referenced by {others} users")
    if others or outcome not in (RECOVERED, DELAYED):
        _busy(f"{state} page recovery: {outcome if outcome == FAILED else f'{others} users left'}")


def _user_mappings(error: _Error) -> UserMappings:
    """Unmap the page; before commit 15 the head of a huge page suffered for its tail, which lost its flag."""
    kernel, block, frame = error.kernel, error.block, error.frame
    if error.pool:
        from thpsh.mm.hugetlb.failure import huge_user_mappings  # few hosts have a pool

        return huge_user_mappings(kernel, kernel.hugetlb.pages[block.index], error.pfn)
    victim = frame
    if block.huge and not kernel.features.hwpoison_tail:
        rare_flags(kernel, block).hwpoison |= 1
        victim = 0
    found = hwpoison_user_mappings(kernel, error.cpu, block, victim, error.pfn)
    if victim != frame and found.gone:
        rare_flags(kernel, block).hwpoison &= ~(1 << frame)
    return found


def _result(error: _Error, state: str, outcome: str, users: int = 0, *, dirty: bool | None = None) -> None:
    """The line that says what came of it (action_result)."""
    if dirty is None:
        dirty = is_dirty(error.block, error.frame)
    _say(error.kernel, error.pfn, f"{'dirty ' if dirty else ''}{state} page recovery: {outcome}")
    error.kernel.trace.emit(MemoryFailureEvent(error.pfn, state, outcome, users))


def _busy(why: str) -> NoReturn:
    raise KernelError(Errno.EBUSY, why)


def _say(kernel: Kernel, pfn: int, text: str) -> None:
    kernel.trace.emit(Printk(f"MCE {pfn:#x}: {text}"))
