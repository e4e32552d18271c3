"""Reclaim on behalf of a group at its limit (mm/memcontrol.c: mem_cgroup_hierarchical_reclaim)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.memcg_stock import drain_other_stocks
from thpsh.mm.res_counter import margin
from thpsh.mm.vmscan import mem_cgroup_lru_pages, try_to_free_mem_cgroup_pages
from thpsh.structs.page import PAGE_SHIFT, Gfp, Lru

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup


def margin_pages(memcg: MemCgroup) -> int:
    """How many pages the group itself can still take (mem_cgroup_margin)."""
    return min(margin(memcg.res), margin(memcg.memsw)) >> PAGE_SHIFT


def _reclaimable(kernel: Kernel, memcg: MemCgroup, *, noswap: bool) -> bool:
    """Has a group anything on its lists (mem_cgroup_reclaimable)? What waits in the caches of CPUs is not seen."""
    kinds = [Lru.INACTIVE_FILE, Lru.ACTIVE_FILE]
    if not noswap and kernel.swap.total:
        kinds += [Lru.INACTIVE_ANON, Lru.ACTIVE_ANON]
    return any(mem_cgroup_lru_pages(kernel, memcg, kind) for kind in kinds)


def _select_victim(kernel: Kernel, memcg: MemCgroup) -> MemCgroup:
    """The next group of a hierarchy, in turn by number, the head among them (mem_cgroup_select_victim)."""
    if not memcg.use_hierarchy:
        return memcg
    kernel.own(memcg)
    groups = list(memcg.subtree())
    later = [group for group in groups if group.number > memcg.last_scanned_child]
    victim = later[0] if later else groups[0]
    memcg.last_scanned_child = victim.number
    return victim


def hierarchical_reclaim(
    kernel: Kernel, cpu: int, memcg: MemCgroup, *, noswap: bool = False, shrink: bool = False
) -> int:
    """Reclaim below a group until it has any room, going round its hierarchy at most twice; returns pages freed.

    `shrink`: its limit is being lowered; one group a call, and swapping is always worth a try.
    """
    noswap = noswap or (not shrink and memcg.memsw_is_minimum)
    total = rounds = 0
    while True:
        victim = _select_victim(kernel, memcg)
        if victim is memcg:
            rounds += 1
            drain_other_stocks(kernel, cpu, memcg)
            if rounds > 1:
                return total
        if not _reclaimable(kernel, victim, noswap=noswap):
            continue
        freed = try_to_free_mem_cgroup_pages(kernel, victim, Gfp.KERNEL, noswap, cpu=cpu)
        if shrink:
            return freed
        total += freed
        if margin_pages(memcg):
            return total
