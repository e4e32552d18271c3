"""The reclaim daemon of a node (mm/vmscan.c: balance_pgdat, kswapd_try_to_sleep)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.memcg_soft_limit import soft_limit_reclaim
from thpsh.mm.scan_control import DEF_PRIORITY, SWAP_CLUSTER_MAX, ScanControl
from thpsh.mm.shrink_zone import inactive_anon_is_low, shrink_active_list, shrink_zone
from thpsh.mm.vmscan import zone_reclaimable
from thpsh.mm.watermark import zone_watermark_ok
from thpsh.record import record
from thpsh.trace.events.swap import KswapdLowWmarkHitQuickly, KswapdSkipCongestionWait, MmVmscanKswapdWake

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node, Zone

_GAP_RATIO: Final = 100  # KSWAPD_ZONE_BALANCE_GAP_RATIO
_ENDLESS: Final = 1 << 62  # kswapd is not satisfied with a batch
_SHORT_SLEEP: Final = 10**8  # nanoseconds after which kswapd goes to sleep for good
_PATIENCE: Final = 2  # priorities at which it does not wait yet


@record(eq=False)
class _Pass:
    """One pass over the zones of a node at one priority."""

    end: int  # place of the highest zone that needs it; -1: none does
    balanced: bool = True
    below_min: bool = False


def kswapd_run(kernel: Kernel, node: Node, slice_ns: int = _ENDLESS) -> bool:
    """Let kswapd of a node work until all its zones are above their high marks, or given up; then it sleeps.

    It stops early when a time slice is used up, and goes on when it is its turn again: False.
    """
    kernel.own(node)
    now = kernel.clock.moment
    if node.kswapd_slept and now - node.kswapd_slept < _SHORT_SLEEP:
        kernel.trace.emit(KswapdLowWmarkHitQuickly(node.nid))
    order, node.kswapd_order, node.kswapd_wanted = node.kswapd_order, 0, False
    with kernel.trace.cause(MmVmscanKswapdWake(node.nid, order)):
        done = _balance_pgdat(kernel, node, order, now + slice_ns)
    if done:
        node.kswapd_slept = kernel.clock.moment
    else:
        node.kswapd_order, node.kswapd_wanted, node.kswapd_slept = order, True, 0
    return done


def _balance_pgdat(kernel: Kernel, node: Node, order: int, until: int) -> bool:
    """Make pass after pass; False when the time is up before the zones are balanced."""
    cpu = node.cpus[0] if node.cpus else 0
    first = True
    while True:
        sc = ScanControl(kernel, cpu, _ENDLESS, kernel.sysctl.swappiness, order=order, kswapd=True)
        if not first:
            kernel.trace.emit(MmVmscanKswapdWake(node.nid, order))
        first = False
        if _scan(sc, node):
            if not order or all(_ok(zone, 0, zone.high_wmark) or zone.all_unreclaimable for zone in node.zones):
                return True
            order = 0
        elif sc.reclaimed < SWAP_CLUSTER_MAX:
            if not order and all(zone.all_unreclaimable or _ok(zone, 0, zone.high_wmark) for zone in node.zones):
                return True
            order = 0
        if kernel.clock.moment >= until:
            return False


def _scan(sc: ScanControl, node: Node) -> bool:
    """Scan the zones of a node harder and harder until they are balanced (True) or a batch was freed."""
    total = 0
    done = _Pass(-1)
    for priority in range(DEF_PRIORITY, -1, -1):
        done = _Pass(_highest(sc, node, priority))
        if done.end < 0:
            return True
        total += _scan_zones(sc, node, done, priority)
        if done.balanced or (sc.order and _pgdat_balanced(sc, node, done.end)):
            return True
        if total and priority < DEF_PRIORITY - _PATIENCE and done.below_min:
            sc.kernel.trace.emit(KswapdSkipCongestionWait(node.nid))
        if sc.reclaimed >= SWAP_CLUSTER_MAX:
            return False
    return done.balanced


def _ok(zone: Zone, order: int, mark: int, classzone: int = 0) -> bool:
    return zone_watermark_ok(zone, order, mark, classzone)


def _highest(sc: ScanControl, node: Node, priority: int) -> int:
    """The highest zone below its high mark; above it only anonymous pages are aged."""
    for place in range(len(node.zones) - 1, -1, -1):
        zone = node.zones[place]
        if zone.all_unreclaimable and priority != DEF_PRIORITY:
            continue
        if inactive_anon_is_low(sc, zone):
            shrink_active_list(sc, zone, SWAP_CLUSTER_MAX, file=False)
        if not _ok(zone, sc.order, zone.high_wmark):
            return place
    return -1


def _scan_zones(sc: ScanControl, node: Node, done: _Pass, priority: int) -> int:
    """Reclaim from the lowest zone upwards; returns how many pages were looked at."""
    total = 0
    classzone = node.zones[done.end].kind
    for zone in node.zones[: done.end + 1]:
        if zone.all_unreclaimable and priority != DEF_PRIORITY:
            continue
        sc.scanned = 0
        freed, scanned = soft_limit_reclaim(sc, zone)
        if sc.kernel.features.memcg_soft_limit_counted:
            sc.reclaimed += freed
            total += scanned
        gap = min(zone.low_wmark, (zone.present + _GAP_RATIO - 1) // _GAP_RATIO)
        if not _ok(zone, sc.order, zone.high_wmark + gap, classzone):
            shrink_zone(sc, zone, priority)
            total += sc.scanned
            if not zone_reclaimable(sc.kernel, zone):
                sc.kernel.own(zone)
                zone.all_unreclaimable = True
        if not zone.all_unreclaimable and not _ok(zone, sc.order, zone.high_wmark, classzone):
            done.balanced = False
            done.below_min |= not _ok(zone, sc.order, zone.min_wmark, classzone)
    return total


def _pgdat_balanced(sc: ScanControl, node: Node, end: int) -> bool:
    """For a high order it is enough that a quarter of the node's memory is balanced."""
    zones = node.zones[: end + 1]
    good = sum(zone.present for zone in zones if _ok(zone, sc.order, zone.high_wmark, zones[-1].kind))
    return good >= sum(zone.present for zone in zones) >> 2


def kswapd_wanted(kernel: Kernel) -> bool:
    """Has anybody asked for kswapd of any node?"""
    return any(node.kswapd_wanted for node in kernel.nodes)


def run_wanted(kernel: Kernel) -> None:
    """Let kswapd of every node that somebody asked for work until it can sleep."""
    run_for(kernel, _ENDLESS)


def run_for(kernel: Kernel, slice_ns: int) -> bool:
    """Let kswapd of every node that somebody asked for work for some time; could all of them go to sleep?"""
    done = [kswapd_run(kernel, node, slice_ns) for node in kernel.nodes if node.kswapd_wanted]
    return all(done)
