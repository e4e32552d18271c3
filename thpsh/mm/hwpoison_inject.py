"""Memory errors on demand, by frame number (mm/hwpoison-inject.c; mm/memory-failure.c: unpoison_memory)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.current import current
from thpsh.mm.hwpoison_filter import hwpoison_filter
from thpsh.mm.memory_failure import Taken, memory_failure, page_of, shake_page
from thpsh.mm.page_flags import poisoned, rare_flags
from thpsh.mm.page_kind import page_count, pfn_valid
from thpsh.mm.page_state import on_lru
from thpsh.mm.pins import get_page, pinned_by_tasks, put_page
from thpsh.structs.bits import PAGES
from thpsh.trace.events.memory_failure import Unpoison
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

_TRAP = 18  # that of a machine check


def hwpoison_inject(kernel: Kernel, pfn: int) -> None:
    """Let a page fail; with the filter on only one that is in use on an LRU list or in the pool, and passes it.

    A page that does not pass is success, too, but the reference that was taken to look at it stays (3.0).
    """
    cpu = current(kernel).cpu
    if not kernel.hwpoison_filter.enable:
        _say(kernel, f"Injecting memory failure at pfn {pfn:x}")
        memory_failure(kernel, cpu, pfn, Taken.CLAIMED, _TRAP)
        return
    if not pfn_valid(kernel, pfn):
        raise KernelError(Errno.ENXIO, f"there is no page {pfn:#x}")
    if not page_count(kernel, pfn):
        return
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_seen = True  # the kernel's own pages may now have a reference too many
    block, frame = page_of(kernel, pfn)
    pool = block.index in kernel.hugetlb.pages
    head = 0 if block.huge or pool else frame
    get_page(kernel, block, head)
    if not pool and not on_lru(block, frame):
        shake_page(kernel, pfn)
        if not on_lru(block, frame):
            return
    if not hwpoison_filter(kernel, block.start_pfn + head, flagged=False):
        _say(kernel, f"Injecting memory failure at pfn {pfn:x}")
        memory_failure(kernel, cpu, pfn, Taken.HEAD, _TRAP)


def unpoison_memory(kernel: Kernel, pfn: int) -> None:
    """Declare a page healthy again: its flag goes, and the reference that kept it; entries that processes have stay.

    A page that the allocator has refused is not poisoned any more, but it has no way back.
    """
    if not pfn_valid(kernel, pfn):
        raise KernelError(Errno.ENXIO, f"there is no page {pfn:#x}")
    block, frame = page_of(kernel, pfn)
    if not poisoned(block) >> frame & 1:
        _say(kernel, f"MCE: Page was already unpoisoned {pfn:#x}")
        return
    pool = kernel.hugetlb.pages.get(block.index)
    if not page_count(kernel, pfn):
        if pool is None:
            _clear(kernel, block, 1 << frame, 1)
            _say(kernel, f"MCE: Software-unpoisoned free page {pfn:#x}")
        return
    compound = block.huge or pool is not None
    head = 0 if compound else frame
    if not poisoned(block) >> head & 1:
        return  # a tail of a transparent huge page that could not be split
    _say(kernel, f"MCE: Software-unpoisoned page {pfn:#x}")
    frames = (1 << PAGES) - 1 if pool is not None else 1 << head
    _clear(kernel, block, frames, PAGES if compound else 1)
    _put(kernel, block, head)


def _clear(kernel: Kernel, block: Pageblock, frames: int, pages: int) -> None:
    rare_flags(kernel, block).hwpoison &= ~frames
    kernel.own(kernel.totals)
    kernel.totals.hwpoison_pages -= pages
    kernel.totals.unpoisoned = True
    kernel.trace.emit(Unpoison(block.start_pfn + (frames & -frames).bit_length() - 1, pages))


def _put(kernel: Kernel, block: Pageblock, head: int) -> None:
    """Drop the reference that kept the page; where there was none, that of its user goes, who will lose it one day."""
    pool = kernel.hugetlb.pages.get(block.index)
    rare = rare_flags(kernel, block)
    if pool is not None or block.huge:
        held = pool.refs if pool is not None else sum(rare.pins.values())
        if held > sum(pinned_by_tasks(kernel, block).values()):
            put_page(kernel, current(kernel).cpu, block, 0 if pool is not None or 0 in rare.pins else min(rare.pins))
    elif rare.pins.get(head, 0) > pinned_by_tasks(kernel, block)[head]:
        put_page(kernel, current(kernel).cpu, block, head)
    elif not block.pagevec >> head & 1:
        rare.uncounted |= 1 << head


def _say(kernel: Kernel, text: str) -> None:
    kernel.trace.emit(Printk(text))
