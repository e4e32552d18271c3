"""The pool of huge pages: grown, shrunk, lent out (mm/hugetlb.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.bug import bad_tails
from thpsh.mm.current import current
from thpsh.mm.free_pages import free_huge_blocks
from thpsh.mm.page_alloc import alloc_block
from thpsh.mm.page_flags import poisoned
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.hugetlb import HugetlbPage
from thpsh.structs.page import HPAGE_ORDER, Gfp
from thpsh.trace.events.hugetlb import HtlbBuddyAlloc, HtlbBuddyAllocFail
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.structs.kernel import Kernel

_FREE: Final = ("free_pages_prepare", "__free_pages_ok", "__free_pages", "update_and_free_page")
_MASK: Final = Gfp.COMP | Gfp.REPEAT | Gfp.NOWARN


def _alloc_mask(kernel: Kernel) -> int:
    """How pages are allocated: as unmovable ones, unless the administrator says otherwise (htlb_alloc_mask)."""
    return (Gfp.HIGHUSER_MOVABLE if kernel.sysctl.hugepages_treat_as_movable else Gfp.HIGHUSER) | _MASK


def _from_buddy(kernel: Kernel, cpu: int, node: int | None) -> HugetlbPage | None:
    """A fresh page of one node, or of the nearest that has one; it belongs to the pool but is not free."""
    gfp = _alloc_mask(kernel) | (Gfp.THISNODE if node is not None else 0)
    found = alloc_block(kernel, cpu, HPAGE_ORDER, gfp, node)
    if found is None:
        return None
    block = found[0]
    pool = kernel.hugetlb
    kernel.own(block)
    block.kernel = FULL
    kernel.clock.spend(PAGES * kernel.cost.pte)  # every frame is marked as part of a compound page
    page = HugetlbPage(block, epoch=kernel.epoch)
    kernel.own(pool)
    pool.pages[block.index] = page
    here = pool.nodes[block.zone.node]
    kernel.own(here)
    here.pages += 1
    return page


def _to_buddy(kernel: Kernel, page: HugetlbPage) -> None:
    """Give a page, already off the free list, back to the buddy allocator (update_and_free_page)."""
    block, pool = page.block, kernel.hugetlb
    kernel.own(pool)
    del pool.pages[block.index]
    here = pool.nodes[block.zone.node]
    kernel.own(here)
    here.pages -= 1
    kernel.own(block)
    block.kernel = block.dirty = block.referenced = 0
    kernel.clock.spend(PAGES * kernel.cost.pte)
    if page.tails and not poisoned(block):
        bad_tails(kernel, block, page.tails, current(kernel).name, _FREE)
        return
    free_huge_blocks(kernel, [block])


def _enqueue(kernel: Kernel, page: HugetlbPage) -> None:
    here = kernel.hugetlb.nodes[page.block.zone.node]
    kernel.own(here)
    here.free.append(page)


def free_huge_page(kernel: Kernel, page: HugetlbPage) -> None:
    """Take a page back that nobody uses any more; where there is surplus on its node, it leaves the pool."""
    kernel.own(page)
    page.anon = False
    here = kernel.hugetlb.nodes[page.block.zone.node]
    if here.surplus:
        kernel.own(here)
        here.surplus -= 1
        _to_buddy(kernel, page)
    else:
        _enqueue(kernel, page)


def dequeue(kernel: Kernel, nodes: Sequence[int]) -> HugetlbPage | None:
    """The page freed last on the first of some nodes that has any (dequeue_huge_page_node)."""
    for node in nodes:
        here = kernel.hugetlb.nodes[node]
        if here.free:
            kernel.own(here)
            return here.free.pop()
    return None


def alloc_surplus(kernel: Kernel, cpu: int, node: int | None = None) -> HugetlbPage | None:
    """A page beyond the size of the pool, as far as vm.nr_overcommit_hugepages allows (alloc_buddy_huge_page).

    It comes from a certain node, or from wherever there is one.
    """
    pool = kernel.hugetlb
    if pool.surplus >= pool.overcommit:
        return None
    page = _from_buddy(kernel, cpu, node)
    if page is None:
        kernel.trace.emit(HtlbBuddyAllocFail())
        return None
    here = pool.nodes[page.block.zone.node]
    here.surplus += 1
    kernel.trace.emit(HtlbBuddyAlloc(1))
    return page


def memory_nodes(kernel: Kernel) -> tuple[int, ...]:
    """The nodes that have memory (N_HIGH_MEMORY)."""
    return tuple(node.nid for node in kernel.nodes if node.zones)


def _turn(nid: int, allowed: Sequence[int]) -> tuple[int, int]:
    """Whose turn it is among the allowed nodes, and who is next (hstate_next_node_to_alloc)."""
    chosen = nid if nid in allowed else _after(nid, allowed)
    return chosen, _after(chosen, allowed)


def _after(nid: int, allowed: Sequence[int]) -> int:
    return min((node for node in allowed if node > nid), default=min(allowed))


def _next_to_alloc(kernel: Kernel, allowed: Sequence[int]) -> int:
    pool = kernel.hugetlb
    kernel.own(pool)
    chosen, pool.next_to_alloc = _turn(pool.next_to_alloc, allowed)
    return chosen


def _next_to_free(kernel: Kernel, allowed: Sequence[int]) -> int:
    pool = kernel.hugetlb
    kernel.own(pool)
    chosen, pool.next_to_free = _turn(pool.next_to_free, allowed)
    return chosen


def _alloc_fresh(kernel: Kernel, cpu: int, allowed: Sequence[int]) -> bool:
    """Add one page to the pool, node after node in turn (alloc_fresh_huge_page)."""
    first = node = _next_to_alloc(kernel, allowed)
    while True:
        page = _from_buddy(kernel, cpu, node)
        if page is not None:
            _enqueue(kernel, page)
            return True
        node = _next_to_alloc(kernel, allowed)
        if node == first:
            return False


def free_pool_page(kernel: Kernel, allowed: Sequence[int], *, surplus: bool) -> bool:
    """Give one free page back, node after node in turn; `surplus`: only where there is some, which it counts as."""
    first = node = _next_to_free(kernel, allowed)
    while True:
        here = kernel.hugetlb.nodes[node]
        if here.free and (not surplus or here.surplus):
            kernel.own(here)
            here.surplus -= surplus
            _to_buddy(kernel, here.free.pop())
            return True
        node = _next_to_free(kernel, allowed)
        if node == first:
            return False


def _adjust_surplus(kernel: Kernel, allowed: Sequence[int], delta: int) -> bool:
    """Turn one page of the next node into surplus (1) or into one that stays (-1)."""
    advance = _next_to_alloc if delta < 0 else _next_to_free
    first = node = advance(kernel, allowed)
    while True:
        here = kernel.hugetlb.nodes[node]
        if here.surplus if delta < 0 else here.surplus < here.pages:
            kernel.own(here)
            here.surplus += delta
            return True
        node = advance(kernel, allowed)
        if node == first:
            return False


def set_max_huge_pages(kernel: Kernel, cpu: int, count: int, allowed: Sequence[int]) -> None:
    """Make the pool as large as wanted: less where memory ends, and only by surplus where pages are in use."""
    pool = kernel.hugetlb
    while pool.surplus and count > pool.persistent and _adjust_surplus(kernel, allowed, -1):
        pass
    _grow(kernel, cpu, count, allowed)
    if count <= pool.persistent:
        least = max(count, pool.reserved + pool.total - pool.free)
        while least < pool.persistent and free_pool_page(kernel, allowed, surplus=False):
            pass
        while count < pool.persistent and _adjust_surplus(kernel, allowed, 1):
            pass
    kernel.own(pool)
    pool.max_pages = pool.persistent


def hugetlb_init(kernel: Kernel, cmdline: str) -> None:
    """Fill the pool at boot, when memory is whole yet: `hugepages=N` on the command line, the last one counts."""
    wanted = [word.partition("=")[2] for word in cmdline.split() if word.startswith("hugepages=")]
    if wanted and wanted[-1].isascii() and wanted[-1].isdigit():
        set_max_huge_pages(kernel, 0, int(wanted[-1]), memory_nodes(kernel))
        text = f"HugeTLB registered 2 MB page size, pre-allocated {kernel.hugetlb.max_pages} pages"
        kernel.trace.emit(Printk(text))


def _grow(kernel: Kernel, cpu: int, count: int, allowed: Sequence[int]) -> None:
    """Allocate what the pool lacks; the first failure ends it."""
    pool = kernel.hugetlb
    fresh = 0
    while count > pool.persistent and (found := _alloc_fresh(kernel, cpu, allowed)):
        fresh += found
    if fresh:
        kernel.trace.emit(HtlbBuddyAlloc(fresh))
    if count > pool.persistent:
        kernel.trace.emit(HtlbBuddyAllocFail())


def acct_memory(kernel: Kernel, cpu: int, delta: int) -> None:
    """Reserve so many pages, with surplus if need be; ENOMEM if they cannot be had (hugetlb_acct_memory)."""
    pool = kernel.hugetlb
    needed = pool.reserved + delta - pool.free
    fresh: list[HugetlbPage] = []
    while len(fresh) < needed:
        page = alloc_surplus(kernel, cpu)
        if page is None:
            for page in reversed(fresh):
                free_huge_page(kernel, page)
            raise KernelError(
                Errno.ENOMEM,
                f"{delta} huge pages wanted; the pool has {pool.total}, of which {pool.free - pool.reserved} are"
                f" neither used nor reserved, and vm.nr_overcommit_hugepages is {pool.overcommit}",
            )
        fresh.append(page)
    kernel.own(pool)
    pool.reserved += delta
    for page in reversed(fresh):
        _enqueue(kernel, page)


def return_unused(kernel: Kernel, pages: int) -> None:
    """Take a promise back; surplus pages that were got for it leave the pool (return_unused_surplus_pages)."""
    pool = kernel.hugetlb
    kernel.own(pool)
    pool.reserved -= pages
    for _ in range(min(pages, pool.surplus)):
        if not free_pool_page(kernel, memory_nodes(kernel), surplus=True):
            break
