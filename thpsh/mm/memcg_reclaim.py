"""Reclaim on behalf of a group at its limit (mm/memcontrol.c: mem_cgroup_hierarchical_reclaim)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.memcg_stock import drain_all_stock_async
from thpsh.mm.memcg_victim import reclaimable, select_victim
from thpsh.mm.res_counter import margin
from thpsh.mm.vmscan import try_to_free_mem_cgroup_pages
from thpsh.structs.page import PAGE_SHIFT, Gfp

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup


def margin_pages(memcg: MemCgroup) -> int:
    """How many pages the group itself can still take (mem_cgroup_margin)."""
    return min(margin(memcg.res), margin(memcg.memsw)) >> PAGE_SHIFT


def hierarchical_reclaim(
    kernel: Kernel, cpu: int, memcg: MemCgroup, *, noswap: bool = False, shrink: bool = False
) -> int:
    """Reclaim below a group until it has any room, going round its hierarchy at most twice; returns pages freed.

    `shrink`: its limit is being lowered; one group a call, and since 3.0 swapping is always worth a try.
    """
    noswap = noswap or (memcg.memsw_is_minimum and not (shrink and kernel.features.memcg_shrink_swaps))
    total = rounds = 0
    while True:
        victim = select_victim(kernel, memcg)
        if victim is memcg:
            rounds += 1
            drain_all_stock_async(kernel, cpu, memcg)
            if rounds > 1:
                return total
        if not reclaimable(kernel, victim, noswap=noswap):
            continue
        freed = try_to_free_mem_cgroup_pages(kernel, victim, Gfp.KERNEL, noswap, cpu=cpu)
        if shrink:
            return freed
        total += freed
        if margin_pages(memcg):
            return total
