"""khugepaged puts one huge page in the place of a page table (mm/huge_memory.c: collapse_huge_page)."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from thpsh.errors import ModelBug
from thpsh.mm.content import copy_tags
from thpsh.mm.fault_inject import should_fail
from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.collapse_failed import charge_again, charge_failed, give_up_charged, take_spare
from thpsh.mm.huge_memory.collapse_locks import SITE, CollapseLocks, copy_locks, isolate_locks
from thpsh.mm.huge_memory.fresh import alloc_huge_block
from thpsh.mm.huge_memory.policy import khugepaged_gfp
from thpsh.mm.huge_memory.scan_pmd import khugepaged_scan_pmd
from thpsh.mm.locks import page_table_lock
from thpsh.mm.lru import add_page_to_lru_list, del_page_from_lru, forget
from thpsh.mm.memcg_charge import charge_huge
from thpsh.mm.memcontrol import uncharge_rss
from thpsh.mm.mempolicy import announce_policy, huge_placement
from thpsh.mm.page_rmap import new_huge_page
from thpsh.mm.pagevec import lru_cache_add_runs, put_dying
from thpsh.mm.pcp import free_pages_masks
from thpsh.mm.pgtable_deposit import deposit
from thpsh.structs.bits import PAGES, runs, shifted, span
from thpsh.structs.khugepaged import Look, Verdict
from thpsh.structs.page import HPAGE_SHIFT, Gfp, Lru
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import MmCollapseHugePage, ThpCollapseAlloc, ThpCollapseAllocFailed

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mempolicy import Placement
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


_FINE: Final = Look(None)
_PLAIN: Final = 2  # events of an allocation that had nothing to wait for: nobody can have touched the range meanwhile


def alloc_hugepage(kernel: Kernel, mm: Mm | None, address: int, place: Placement | None) -> Pageblock | None:
    """A huge page for khugepaged, counted; None when there is none (alloc_hugepage, alloc_hugepage_vma)."""
    daemon = kernel.khugepaged
    number = mm.number if mm is not None else 0
    block = alloc_huge_block(kernel, daemon.cpu, khugepaged_gfp(kernel), place, "khugepaged")
    if block is None:
        kernel.trace.emit(ThpCollapseAllocFailed(number, address))
        return None
    kernel.trace.emit(ThpCollapseAlloc(number, address, block.start_pfn, block.zone.node))
    return block


def collapse_huge_page(kernel: Kernel, vma: Vma, slot: int, node: int) -> tuple[Verdict, int]:
    """Try to collapse a range that passed the first look: the verdict, and the page that stood in the way at last.

    Builds with NUMA allocate here, on the node of the first page; others use the page allocated ahead.
    """
    if not kernel.tables.lock_trace:
        return _collapse(kernel, vma, slot, node, None)
    locks = CollapseLocks(kernel, vma.mm)
    try:
        return _collapse(kernel, vma, slot, node, locks)
    finally:
        locks.end()


def _collapse(kernel: Kernel, vma: Vma, slot: int, node: int, locks: CollapseLocks | None) -> tuple[Verdict, int]:
    """Get a page, charge it, look again, alone now; then copy to it. `locks` are announced while locks are traced."""
    mm = vma.mm
    address = slot << HPAGE_SHIFT
    before = kernel.trace.number
    if locks is not None:
        locks.before_alloc()
    new = _target(kernel, vma, address, node)
    if new is None:
        return Verdict.ALLOC_FAILED, -1
    if locks is not None:
        locks.before_charge()
    if not charge_huge(kernel, mm.memcg, kernel.khugepaged.cpu):
        charge_failed(kernel, new)
        return Verdict.CHARGE_FAILED, -1
    charge_again(kernel)
    if locks is not None:
        locks.before_recheck()
    look = khugepaged_scan_pmd(kernel, mm, slot) if kernel.trace.number > before + _PLAIN else _FINE
    if kernel.tables.inject and should_fail(kernel, "collapse_isolate"):
        look = Look(Verdict.PAGE_COUNT)
    if locks is not None:
        isolate_locks(kernel, mm, address, failed=look.verdict is not None)
    if look.verdict is not None:
        _put_back(kernel, mm, slot, PAGES if look.verdict is Verdict.UNREFERENCED else look.page)
        give_up_charged(kernel, new, mm.memcg)
        return look.verdict, look.page
    _replace(kernel, vma, slot, new)
    return Verdict.COLLAPSED, -1


def _replace(kernel: Kernel, vma: Vma, slot: int, new: Pageblock) -> None:
    """Copy what a page table maps to a huge page, and map that (the second half of collapse_huge_page)."""
    mm = vma.mm
    address = slot << HPAGE_SHIFT
    table = mm.pmds[slot]
    if not isinstance(table, PageTable):
        raise ModelBug(f"no page table at {address:#x}")
    used = table.present.bit_count()
    take_spare(kernel, mm.memcg)
    copy_locks(kernel, mm, address)
    _copy(kernel, table, new)
    kernel.own(mm)
    mm.anon_rss += PAGES - used
    with page_table_lock(kernel, mm, SITE):
        new_huge_page(kernel, kernel.khugepaged.cpu, vma, new, slot)
        mm.pmds[slot] = HugePmd(new, bool(vma.flags & Vm.WRITE), epoch=kernel.journal.epoch)
    mm.guest_young.pop(slot, None)
    deposit(kernel, mm, table.pfn)
    mm.nr_ptes -= 1
    daemon = kernel.khugepaged
    kernel.own(daemon)
    daemon.pages_collapsed += 1
    kernel.trace.emit(MmCollapseHugePage(mm.number, address, new.start_pfn, new.zone.node, used))
    kernel.clock.spend(used * kernel.cost.copy_page + (PAGES - used) * kernel.cost.clear_page)


def _target(kernel: Kernel, vma: Vma, address: int, node: int) -> Pageblock | None:
    """The huge page to copy to."""
    daemon = kernel.khugepaged
    if kernel.build.numa:
        near = node if kernel.features.collapse_node_of_first_page else kernel.cpus[daemon.cpu].node
        place = huge_placement(kernel, None, vma, address >> HPAGE_SHIFT, (near, Gfp.TRANSHUGE))
        announce_policy(kernel, None, vma, near, "collapse_huge_page")
        found = alloc_hugepage(kernel, vma.mm, address, place)
        if found is None:
            kernel.own(daemon)
            daemon.failed_allocation = True
        return found
    spare = daemon.spare
    if spare is not None and kernel.features.collapse_charge_unlocked:
        kernel.trace.emit(ThpCollapseAlloc(vma.mm.number, address, spare.start_pfn, spare.zone.node))
    return spare


def _page_runs(kernel: Kernel, table: PageTable, mask: int) -> list[tuple[int, PageRun]]:
    """The frames behind pages as runs in page order, each with its first page."""
    found = []
    for pages, block, shift in pieces(kernel, table, mask):
        found += [(first - shift, (block, first, length)) for first, length in runs(shifted(pages, shift))]
    found.sort(key=itemgetter(0))
    return found


def _by_list(pages: list[tuple[int, PageRun]]) -> dict[Lru, list[PageRun]]:
    """Runs by the list that their pages go back to (putback_lru_page)."""
    found: dict[Lru, list[PageRun]] = {}
    for _, (block, first, length) in pages:
        mask = span(first, first + length)
        locked = block.mlocked & mask
        for kind, part in (
            (Lru.UNEVICTABLE, locked),
            (Lru.ACTIVE_ANON, mask & block.active & ~locked),
            (Lru.INACTIVE_ANON, mask & ~block.active & ~locked),
        ):
            if part:
                found.setdefault(kind, []).extend((block, start, count) for start, count in runs(part))
    return found


def _plain_runs(table: PageTable) -> dict[Lru, list[PageRun]] | None:
    """`_by_list` of a table that was filled in one go: a few runs of active pages; None for any other."""
    if table.pfns is not None:
        return None
    found: list[tuple[int, PageRun]] = []
    for pages, block, shift in table.runs:
        frames = pages << shift if shift >= 0 else pages >> -shift
        low = frames & -frames
        if frames & (
            frames + low | ~block.active | block.mlocked
        ):  # a sum that meets the frames again: more than one run
            return None
        first = low.bit_length() - 1
        found.append((first - shift, (block, first, frames.bit_count())))
    if len(found) > 1:
        found.sort(key=itemgetter(0))
    return {Lru.ACTIVE_ANON: [run for _, run in found]}


def _isolate(kernel: Kernel, pages: list[tuple[int, PageRun]]) -> None:
    for _, (block, first, length) in pages:
        del_page_from_lru(kernel, block, span(first, first + length))


def _put_back(kernel: Kernel, mm: Mm, slot: int, stop: int) -> None:
    """The pages before the one that would not do were taken off their lists: they go back through the LRU cache.

    The last one goes first (release_pte_pages).
    """
    table = mm.pmds.get(slot)
    if not isinstance(table, PageTable) or stop <= 0:
        return
    pages = _page_runs(kernel, table, table.present & span(0, stop))
    groups = _by_list(pages)
    _isolate(kernel, pages)
    for kind, group in groups.items():
        for block, _, _ in group:
            kernel.own(block)
        if kind is Lru.UNEVICTABLE:
            for block, first, length in group:
                add_page_to_lru_list(kernel, block, span(first, first + length), kind)
        else:
            backwards = [
                (block, frame, 1)
                for block, first, length in reversed(group)
                for frame in range(first + length - 1, first - 1, -1)
            ]
            lru_cache_add_runs(kernel, kernel.khugepaged.cpu, backwards, kind)


def _copy(kernel: Kernel, table: PageTable, new: Pageblock) -> None:
    """Copy the pages in use and let go of them (__collapse_huge_page_isolate, __collapse_huge_page_copy).

    A page goes back to its list before its mapping goes, so up to 13 of them outlive the collapse in an LRU cache.
    """
    cpu = kernel.khugepaged.cpu
    groups = _plain_runs(table) or _by_list(_page_runs(kernel, table, table.present))
    epoch = kernel.journal.epoch
    for mask, block, shift in pieces(kernel, table, table.present):
        frames = mask << shift if shift >= 0 else mask >> -shift
        if block.epoch != epoch:
            kernel.own(block)
        del_page_from_lru(kernel, block, frames)
        if block.tagged:
            copy_tags(kernel, (block, frames), new, -shift)
        _unmap(kernel, block, frames)
    freed: dict[Pageblock, int] = {}
    for kind, group in groups.items():
        found = _masks(group) if kind is Lru.UNEVICTABLE else put_dying(kernel, cpu, group, kind)
        for block, frames in found.items():
            freed[block] = freed.get(block, 0) | frames
    for block, frames in freed.items():
        forget(kernel, block, frames)
    free_pages_masks(kernel, cpu, freed)


def _unmap(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Small pages that are mapped once lose that mapping (page_remove_rmap); the pageblock is owned."""
    block.once ^= frames
    stat = block.zone.stat
    kernel.own(stat)
    stat.nr_anon_pages -= frames.bit_count()
    for owner in block.owners:
        count = (owner.mask & frames).bit_count()
        if count:
            uncharge_rss(kernel, owner.memcg, count, count)


def _masks(pages: list[PageRun]) -> dict[Pageblock, int]:
    found: dict[Pageblock, int] = {}
    for block, first, length in pages:
        found[block] = found.get(block, 0) | span(first, first + length)
    return found
