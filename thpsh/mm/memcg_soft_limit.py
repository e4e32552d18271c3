"""Groups above their soft limits give pages first when memory is short (mm/memcontrol.c: soft_limit_reclaim)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.isolate import has_lru_pages
from thpsh.mm.memcg_events import insert_exceeded, largest_soft_limit_node
from thpsh.mm.memcg_victim import reclaimable, select_victim
from thpsh.mm.res_counter import soft_limit_excess
from thpsh.mm.scan_control import SWAP_CLUSTER_MAX, ScanControl
from thpsh.mm.shrink_zone import shrink_zone
from thpsh.structs.page import PAGE_SHIFT, Lru
from thpsh.trace.events.swap import MmVmscanMemcgSoftlimitReclaimBegin

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.zone import Zone

_MAX_RECLAIM_LOOPS: Final = 100
_MAX_SOFT_LIMIT_RECLAIM_LOOPS: Final = 2


def soft_limit_reclaim(sc: ScanControl, zone: Zone) -> tuple[int, int]:
    """Reclaim in a zone from the group furthest above its soft limit, or the next; pages freed and looked at."""
    kernel = sc.kernel
    if sc.order or not kernel.tables.soft_limit_tree:
        return 0, 0
    freed = scanned = loop = 0
    memcg = _largest(kernel, zone)
    while memcg is not None and not freed:
        got, looked_at = _reclaim(sc, zone, memcg)
        freed += got
        scanned += looked_at
        following = None if got else _largest(kernel, zone)
        insert_exceeded(kernel, zone, memcg, soft_limit_excess(memcg.res))
        loop += 1
        if loop > _MAX_SOFT_LIMIT_RECLAIM_LOOPS:
            break
        memcg = following
    return freed, scanned


def _largest(kernel: Kernel, zone: Zone) -> MemCgroup | None:
    """The group furthest above its soft limit of those that have pages in a zone, or below them in their hierarchy."""
    while (memcg := largest_soft_limit_node(kernel, zone)) is not None:
        if any(has_lru_pages(zone, each, kind) for each in memcg.subtree() for kind in Lru):
            break
    return memcg


def _reclaim(sc: ScanControl, zone: Zone, memcg: MemCgroup) -> tuple[int, int]:
    """Go round a hierarchy until it is below its soft limit, or has given a quarter of what it is above."""
    excess = soft_limit_excess(memcg.res) >> PAGE_SHIFT
    noswap = memcg.memsw_is_minimum and not sc.kernel.features.memcg_shrink_swaps
    freed = scanned = loop = 0
    while True:
        victim = select_victim(sc.kernel, memcg)
        if victim is memcg:
            loop += 1
            if loop > 1 and (not freed or freed >= excess >> 2 or loop > _MAX_RECLAIM_LOOPS):
                return freed, scanned
        if not reclaimable(sc.kernel, victim, noswap=noswap):
            continue
        part = _shrink_node_zone(sc, zone, victim, noswap=noswap)
        freed += part.reclaimed
        scanned += part.scanned
        if not soft_limit_excess(memcg.res):
            return freed, scanned


def _shrink_node_zone(sc: ScanControl, zone: Zone, memcg: MemCgroup, *, noswap: bool) -> ScanControl:
    """Reclaim a batch of a group in one zone, at the highest priority (mem_cgroup_shrink_node_zone)."""
    kernel = sc.kernel
    swappiness = memcg.swappiness if memcg.parent is not None else kernel.sysctl.swappiness
    part = ScanControl(
        kernel, sc.cpu, SWAP_CLUSTER_MAX, swappiness, memcg, may_swap=not noswap, kswapd=sc.kswapd,
        may_writepage=not kernel.sysctl.laptop_mode,
    )  # fmt: skip
    with kernel.trace.cause(MmVmscanMemcgSoftlimitReclaimBegin(memcg.path)):
        shrink_zone(part, zone, 0)
    return part
