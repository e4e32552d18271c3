"""Faults on pages that are in swap (mm/memory.c: do_swap_page; mm/swap_state.c: swapin_readahead)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.content import set_tag
from thpsh.mm.frames import add
from thpsh.mm.ksm.swapin import copy_page, map_copy, might_need_to_copy
from thpsh.mm.lru_insert import lru_add_after_commit
from thpsh.mm.memcg_charge import charge_pages
from thpsh.mm.memcontrol import charge_cache, charge_rss, uncharge_swap
from thpsh.mm.memory.wp import do_wp_pages
from thpsh.mm.mempolicy import page_placement
from thpsh.mm.page_alloc import alloc_small
from thpsh.mm.page_flags import ksm_pages, rare_flags
from thpsh.mm.page_rmap import forget_owner, owner_of, page_dup_rmap, set_owner
from thpsh.mm.pagevec import lru_add_drain, lru_cache_add
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.mm.swap_state import (
    add_to_swap_cache,
    cached_frame,
    delete_from_swap_cache,
    lookup_swap_cache,
    try_to_free_swap,
)
from thpsh.mm.swapfile import (
    owner_of_entry,
    record_owner,
    swap_counts,
    swap_free,
    swapcache_prepare,
    tag_of_entry,
    valid_swaphandles,
)
from thpsh.structs.bits import PAGES
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT, Gfp, Lru
from thpsh.structs.swap_entry import swp_entry, swp_type
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind
from thpsh.trace.events.swap import SwapReadpage

if TYPE_CHECKING:
    from thpsh.mm.memory.vmf import Vmf
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mempolicy import Placement
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

_FRAME: Final = PAGES - 1


def read_swap_pages(kernel: Kernel, cpu: int, entries: list[int], where: Placement | None = None) -> int:
    """Bring slots that are not in the swap cache there; returns how many were read, fewer where memory is short."""
    missing = [entry for entry in entries if cached_frame(kernel, entry) is None]
    done = 0
    while done < len(missing):
        for block, first, length in alloc_small(kernel, cpu, len(missing) - done, Gfp.HIGHUSER_MOVABLE, where):
            for frame in range(first, first + length):
                _read_swap_page(kernel, cpu, missing[done], (block, frame))
                done += 1
    if missing:
        kernel.trace.emit(SwapReadpage(missing[0], len(missing)))
    return len(missing)


def _read_swap_page(kernel: Kernel, cpu: int, entry: int, page: tuple[Pageblock, int]) -> None:
    """Read one slot into a fresh page of the swap cache (read_swap_cache_async)."""
    block, frame = page
    kernel.own(block)
    swapcache_prepare(kernel, entry)
    set_owner(block, 1 << frame, kernel.swap.space, None, 0)
    add_to_swap_cache(kernel, block, {frame: entry})
    tag = tag_of_entry(kernel, entry)
    if tag:
        set_tag(kernel, block, 1 << frame, tag)
    lru_cache_add(kernel, cpu, block, 1 << frame, Lru.INACTIVE_ANON)


def swapin_readahead(kernel: Kernel, cpu: int, entry: int, where: Placement) -> int:
    """Read a slot and its neighbours; returns how many pages that were.

    All go where the policy wants the page that is missing, and to the LRU list at once; one that is alone waits.
    """
    count = 0
    around = valid_swaphandles(kernel, entry)
    if len(around) > 1:
        count = read_swap_pages(kernel, cpu, [swp_entry(swp_type(entry), slot) for slot in around], where)
    lru_add_drain(kernel, cpu)
    while cached_frame(kernel, entry) is None:
        count += read_swap_pages(kernel, cpu, [entry], where)
    return count


def do_swap_page(vmf: Vmf, slot: int, table: PageTable, page: int) -> None:
    """Bring one page back from swap, with its neighbours, or find it in the swap cache."""
    kernel = vmf.kernel
    entry = (table.swapped or {})[page]
    found = lookup_swap_cache(kernel, entry)
    read = 0
    if found is None:
        near = kernel.cpus[vmf.task.cpu].node, Gfp.HIGHUSER_MOVABLE
        _, where = page_placement(kernel, vmf.task, vmf.vma, slot, 1 << page, near)
        read = swapin_readahead(kernel, vmf.task.cpu, entry, where)
        pfn = cached_frame(kernel, entry)
        found = kernel.block_of(pfn or 0), (pfn or 0) & _FRAME
    if might_need_to_copy(found, vmf.vma, (slot << HPAGE_SHIFT) + (page << PAGE_SHIFT)):
        pages = copy_page(vmf, slot, page, found)
        kernel.own(table)
        take_entry(kernel, vmf.vma, table, page)
        map_copy(vmf, slot, table, page, pages)
        swap_free(kernel, [entry])
        exclusive = vmf.write
    else:
        exclusive = _map_found(vmf, slot, table, page, found)
    cost = kernel.cost.fault + read * kernel.cost.swap_io
    vmf.took(FaultKind.SWAP if read else FaultKind.SWAP_CACHE, slot, 1 << page, cost, (1, 0, 1))
    if vmf.write and not exclusive:
        vmf.counted = False
        try:
            do_wp_pages(vmf, slot, table, 1 << page)
        finally:
            vmf.counted = True


def _map_found(vmf: Vmf, slot: int, table: PageTable, page: int, found: tuple[Pageblock, int]) -> bool:
    """Map a page of the swap cache; is it this entry's alone, and writable therefore (reuse_swap_page)?"""
    kernel, (block, frame) = vmf.kernel, found
    entry = (table.swapped or {})[page]
    memcg = charge_swapin(kernel, vmf.task, vmf.mm.memcg, found, entry)
    shared = (block.once | ksm_pages(block)) >> frame & 1
    exclusive = vmf.write and not shared and swap_counts(kernel, entry) == 1
    if exclusive:
        delete_from_swap_cache(kernel, block, 1 << frame)
    kernel.own(table)
    take_entry(kernel, vmf.vma, table, page)
    map_swapped_in(kernel, (vmf.vma, slot, page), found, memcg, exclusive=exclusive)
    table.young |= 1 << page
    if exclusive:
        table.dirty |= 1 << page
        if vmf.vma.flags & Vm.WRITE:
            table.writable |= 1 << page
    commit_charge_swapin(kernel, found, entry, memcg)
    swap_free(kernel, [entry])
    if kernel.swap.full or vmf.vma.flags & Vm.LOCKED or block.mlocked >> frame & 1:
        try_to_free_swap(kernel, block, 1 << frame)
    return exclusive


def take_entry(kernel: Kernel, vma: Vma, table: PageTable, page: int) -> None:
    """Empty a page-table entry that holds a swap entry; its count is the caller's."""
    mm = vma.mm
    kernel.own(mm)
    mm.swap_ents -= 1
    if table.swapped is not None:
        del table.swapped[page]
        if not table.swapped:
            table.swapped = None


def map_swapped_in(
    kernel: Kernel,
    place: tuple[Vma, int, int],
    found: tuple[Pageblock, int],
    memcg: MemCgroup | None,
    *,
    exclusive: bool,
) -> None:
    """Map a page of the swap cache, read-only, at (VMA, slot, page); `memcg` is the group just charged for it."""
    vma, slot, page = place
    block, frame = found
    bit = 1 << frame
    table = vma.mm.pmds[slot]
    kernel.own(block)
    owner = owner_of(block, frame)
    if owner is None or owner[0].mapping is kernel.swap.space:
        anon_vma = anon_vma_prepare(kernel, vma)
        memcg = memcg or (owner[0].memcg if owner is not None else None)
        address = (slot << HPAGE_SHIFT) + (page << PAGE_SHIFT)
        forget_owner(block, bit)
        index = vma.linear_page_index(address)
        set_owner(block, bit, anon_vma if exclusive else anon_vma.top, memcg, index - frame)
    elif memcg is not None:
        forget_owner(block, bit)
        set_owner(block, bit, owner[0].mapping, memcg, owner[1] - frame)
    if not block.once & bit:
        kernel.own(block.zone.stat)
        block.zone.stat.nr_anon_pages += 1
    page_dup_rmap(block, bit)
    add(table, 1 << page, block, frame - page)  # type: ignore[arg-type]  # the caller looked: it is a page table
    kernel.own(vma.mm)
    vma.mm.anon_rss += 1


def charge_swapin(
    kernel: Kernel, task: Task, group: MemCgroup, page: tuple[Pageblock, int], entry: int
) -> MemCgroup | None:
    """Charge a page that is read back, to a group unless the slot says which (mem_cgroup_try_charge_swapin).

    None when it is charged already. A group that has been removed meanwhile is charged no more.
    """
    block, frame = page
    owner = owner_of(block, frame)
    if owner is not None and owner[0].memcg is not None:
        return None
    recorded = owner_of_entry(kernel, entry)
    memcg = group if recorded is None or recorded.removed else recorded
    rare = rare_flags(kernel, block)
    rare.isolated |= 1 << frame
    try:
        charge_pages(kernel, task, memcg, 1)
    finally:
        kernel.own(rare)
        rare.isolated &= ~(1 << frame)
    return memcg


def commit_charge_swapin(
    kernel: Kernel, page: tuple[Pageblock, int], entry: int, memcg: MemCgroup | None, *, cache: bool = False
) -> None:
    """A page read back, of a process or (`cache`) of shared memory, is charged; the slot's charge is given back.

    Only now does the page come to the group's list, behind what reclaim for this charge has put there.
    """
    if memcg is None:
        return
    if cache:
        charge_cache(kernel, memcg, 1)
    else:
        charge_rss(kernel, memcg, 1, 1)
    lru_add_after_commit(kernel, *page)
    recorded = owner_of_entry(kernel, entry)
    if recorded is not None:
        record_owner(kernel, [entry], None)
        uncharge_swap(kernel, recorded, 1)
