"""Reclaim: making room for an allocation, or for a group at its limit (mm/vmscan.c: do_try_to_free_pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.isolate import forget_strangers, nr_lru_pages
from thpsh.mm.memcg_soft_limit import soft_limit_reclaim
from thpsh.mm.memcg_victim import select_victim_node
from thpsh.mm.scan_control import DEF_PRIORITY, SWAP_CLUSTER_MAX, ScanControl
from thpsh.mm.shrink_zone import shrink_zone
from thpsh.structs.page import Gfp, Lru
from thpsh.trace.events.swap import MmVmscanDirectReclaimBegin, MmVmscanMemcgReclaimBegin

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.zone import Zone

_HOPELESS = 6  # a zone scanned so many times over without a page freed is given up


def zone_reclaimable_pages(kernel: Kernel, zone: Zone) -> int:
    """Pages that reclaim could look at: those of files, and anonymous ones while there is swap."""
    lists = zone.lruvec.lists
    pages = lists[Lru.ACTIVE_FILE].nr_pages + lists[Lru.INACTIVE_FILE].nr_pages
    if kernel.swap.free > 0:
        pages += lists[Lru.ACTIVE_ANON].nr_pages + lists[Lru.INACTIVE_ANON].nr_pages
    return pages


def zone_reclaimable(kernel: Kernel, zone: Zone) -> bool:
    """Is there hope for a zone: not all of it scanned several times for nothing?"""
    return zone.pages_scanned < zone_reclaimable_pages(kernel, zone) * _HOPELESS


def _do_try_to_free_pages(sc: ScanControl, zones: tuple[Zone, ...]) -> int:
    """Scan harder and harder until enough was freed; 0 means that nothing can be had."""
    total = 0
    for priority in range(DEF_PRIORITY, -1, -1):
        sc.scanned = 0
        for zone in zones:
            if sc.memcg is None:
                if zone.all_unreclaimable and priority != DEF_PRIORITY:
                    continue
                if sc.kernel.features.memcg_soft_limit_counted:
                    freed, scanned = soft_limit_reclaim(sc, zone)
                    sc.reclaimed += freed
                    sc.scanned += scanned
            shrink_zone(sc, zone, priority)
        total += sc.scanned
        if sc.reclaimed >= sc.to_reclaim:
            return sc.reclaimed
        sc.may_writepage |= total > sc.to_reclaim + sc.to_reclaim // 2
    if sc.reclaimed:
        return sc.reclaimed
    if sc.memcg is None and not all(_unreclaimable(sc.kernel, zone) for zone in zones):
        return 1
    return 0


def _unreclaimable(kernel: Kernel, zone: Zone) -> bool:
    """Is a zone given up, as kswapd, which runs at the same time, would find it?"""
    if not zone.all_unreclaimable and not zone_reclaimable(kernel, zone):
        kernel.own(zone)
        zone.all_unreclaimable = True
    return zone.all_unreclaimable


def try_to_free_pages(kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int) -> int:
    """Reclaim some pages of a zonelist for an allocation; returns how many, 0 when there is no hope."""
    sysctl = kernel.sysctl
    sc = ScanControl(
        kernel, cpu, SWAP_CLUSTER_MAX, sysctl.swappiness, order=order, repeat=bool(gfp & Gfp.REPEAT),
        may_writepage=not sysctl.laptop_mode,
    )  # fmt: skip
    with kernel.trace.cause(MmVmscanDirectReclaimBegin(order, gfp)):
        return _do_try_to_free_pages(sc, zones)


def try_to_free_mem_cgroup_pages(
    kernel: Kernel, memcg: MemCgroup, gfp: int, noswap: bool = False, *, cpu: int = 0
) -> int:
    """Reclaim some pages of a group, from a node on that it has pages on; returns how many."""
    del gfp
    forget_strangers(kernel, memcg)
    swappiness = memcg.swappiness if memcg.parent is not None else kernel.sysctl.swappiness
    sc = ScanControl(
        kernel, cpu, SWAP_CLUSTER_MAX, swappiness, memcg, may_swap=not noswap,
        may_writepage=not kernel.sysctl.laptop_mode,
    )  # fmt: skip
    nid = select_victim_node(kernel, memcg, cpu)
    with kernel.trace.cause(MmVmscanMemcgReclaimBegin(memcg.path)):
        return _do_try_to_free_pages(sc, kernel.nodes[nid].zonelist)


def mem_cgroup_lru_pages(kernel: Kernel, memcg: MemCgroup, kind: Lru, zones: tuple[Zone, ...] | None = None) -> int:
    """Base pages of a group on the lists of one kind (mem_cgroup_nr_lru_pages)."""
    return sum(nr_lru_pages(zone, memcg, kind) for zone in (kernel.zones if zones is None else zones))
