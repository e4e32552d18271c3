"""Of which group of a hierarchy, and from which node on, pages are reclaimed (mm/memcontrol.c: mem_cgroup_select_*)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.isolate import has_lru_pages
from thpsh.structs.page import Lru

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.zone import Node

_FILE: Final = (Lru.INACTIVE_FILE, Lru.ACTIVE_FILE)
_ANON: Final = (Lru.INACTIVE_ANON, Lru.ACTIVE_ANON)


def select_victim(kernel: Kernel, memcg: MemCgroup) -> MemCgroup:
    """The next group of a hierarchy, in turn by number, the head among them (mem_cgroup_select_victim)."""
    if not memcg.use_hierarchy:
        return memcg
    kernel.own(memcg)
    groups = list(memcg.subtree())
    later = [group for group in groups if group.number > memcg.last_scanned_child]
    victim = later[0] if later else groups[0]
    memcg.last_scanned_child = victim.number
    return victim


def reclaimable(kernel: Kernel, memcg: MemCgroup, *, noswap: bool) -> bool:
    """Has a group anything on its lists (mem_cgroup_reclaimable)? What waits in the caches of CPUs is not seen.

    Before 3.0 whatever it was charged for counted.
    """
    if not kernel.features.memcg_victim_by_lru:
        return memcg.stat.rss + memcg.stat.cache > 0
    return any(_on_node(kernel, memcg, node, noswap=noswap) for node in kernel.nodes)


def _on_node(kernel: Kernel, memcg: MemCgroup, node: Node, *, noswap: bool) -> bool:
    """Has a group anything to reclaim on a node (test_mem_cgroup_node_reclaimable)?"""
    kinds = _FILE if noswap or not kernel.swap.total else (*_FILE, *_ANON)
    return any(has_lru_pages(zone, memcg, kind) for zone in node.zones for kind in kinds)


def select_victim_node(kernel: Kernel, memcg: MemCgroup, cpu: int) -> int:
    """The node whose zonelist is gone through: those where the group has pages take turns (since 3.0).

    Where these are is found out only after a thousand charges; nobody knows any before the first reclaim.
    """
    local = kernel.cpus[cpu].node
    if not kernel.features.memcg_victim_node or not kernel.build.numa:
        return local
    kernel.own(memcg)
    if memcg.numainfo_events:
        memcg.scan_nodes = tuple(
            node.nid for node in kernel.nodes if node.zones and _on_node(kernel, memcg, node, noswap=False)
        )
        memcg.numainfo_events = False
    later = [nid for nid in memcg.scan_nodes if nid > memcg.last_scanned_node]
    memcg.last_scanned_node = later[0] if later else memcg.scan_nodes[0] if memcg.scan_nodes else local
    return memcg.last_scanned_node
