"""One task of kswapd: all zones of a node above their high marks (mm/vmscan.c: balance_pgdat)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.memcg_soft_limit import soft_limit_reclaim
from thpsh.mm.scan_control import DEF_PRIORITY, SWAP_CLUSTER_MAX, ScanControl
from thpsh.mm.shrink_zone import inactive_anon_is_low, shrink_active_list, shrink_zone
from thpsh.mm.vmscan import zone_reclaimable
from thpsh.mm.watermark import zone_watermark_ok
from thpsh.record import record
from thpsh.trace.events.swap import BalancePgdat, KswapdSkipCongestionWait

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node, Zone

_GAP_RATIO: Final = 100  # KSWAPD_ZONE_BALANCE_GAP_RATIO
_OLD_PLENTY: Final = 8  # times the high mark
_ENOUGH: Final = 1 << 62  # kswapd is not satisfied with a batch
_PATIENCE: Final = 2  # priorities at which it does not wait yet


@record(eq=False)
class _Pass:
    """One pass over the zones of a node, priority after priority."""

    classzone: int  # of who asked
    end: int = 0  # the highest zone that needed it
    priority: int = DEF_PRIORITY
    fine: bool = True  # all_zones_ok
    good: int = 0  # pages of balanced zones
    below_min: bool = False
    scanned: int = 0


def balance_pgdat(kernel: Kernel, node: Node, request: tuple[int, int], until: int) -> tuple[int, int] | None:
    """Make pass after pass for an order and a class zone; returns the order and zone that it ended with.

    None when the time is up before the zones are balanced; the node's kswapd then knows where it stands.
    """
    cpu = node.cpus[0] if node.cpus else 0
    order, classzone = request
    sc = ScanControl(kernel, cpu, _ENOUGH, kernel.sysctl.swappiness, order=order, kswapd=True)
    while True:
        sc.reclaimed = 0
        sc.may_writepage = not kernel.sysctl.laptop_mode
        kernel.trace.emit(BalancePgdat(node.nid, sc.order))
        done = _Pass(classzone)
        if _balanced(sc, node, done):
            if not sc.order or not _short_of_pages(node, done):
                return sc.order, done.end
            sc.order = 0
        elif sc.reclaimed < SWAP_CLUSTER_MAX:
            sc.order = 0  # fragmented beyond help: single pages are most important
        if kernel.clock.moment >= until:
            node.kswapd.at = sc.order, classzone
            return None


def _balanced(sc: ScanControl, node: Node, done: _Pass) -> bool:
    """Scan the zones of a node harder and harder until they are balanced (True) or a batch was freed."""
    for priority in range(DEF_PRIORITY, -1, -1):
        done.priority, done.fine, done.good, done.below_min = priority, True, 0, False
        end = _highest(sc, node, priority)
        if end is None:
            return True
        done.end = end.kind
        _scan_zones(sc, node, done)
        if done.fine or (sc.order and pgdat_balanced(node, done.good, done.classzone)):
            return True
        if done.scanned and priority < DEF_PRIORITY - _PATIENCE and done.below_min:
            sc.kernel.trace.emit(KswapdSkipCongestionWait(node.nid))
        if sc.reclaimed >= SWAP_CLUSTER_MAX:
            break
    return False


def _ok(zone: Zone, order: int, mark: int, classzone: int = 0) -> bool:
    return zone_watermark_ok(zone, order, mark, classzone)


def _highest(sc: ScanControl, node: Node, priority: int) -> Zone | None:
    """The highest zone below its high mark; those above it are only aged."""
    for zone in reversed(node.zones):
        if zone.all_unreclaimable and priority != DEF_PRIORITY:
            continue
        if inactive_anon_is_low(sc, zone):
            shrink_active_list(sc, zone, SWAP_CLUSTER_MAX, file=False)
        if not _ok(zone, sc.order, zone.high_wmark):
            return zone
    return None


def _scan_zones(sc: ScanControl, node: Node, done: _Pass) -> None:
    """Reclaim from the lowest zone upwards."""
    for zone in node.zones:
        if zone.kind > done.end:
            break
        if zone.all_unreclaimable and done.priority != DEF_PRIORITY:
            continue
        _reclaim(sc, zone, done)
        if done.scanned > SWAP_CLUSTER_MAX * 2 and done.scanned > sc.reclaimed + sc.reclaimed // 2:
            sc.may_writepage = True
        if zone.all_unreclaimable:
            if done.end and done.end == zone.kind:
                done.end -= 1
        elif not _ok(zone, sc.order, zone.high_wmark, done.end):
            done.fine = False
            done.below_min |= not _ok(zone, sc.order, zone.min_wmark, done.end)
        elif zone.kind <= done.classzone:
            done.good += zone.present


def _reclaim(sc: ScanControl, zone: Zone, done: _Pass) -> None:
    """Scan a zone unless it has far more free pages than it needs; one scanned for nothing too often is given up."""
    freed, scanned = soft_limit_reclaim(sc, zone)
    if sc.kernel.features.memcg_soft_limit_counted:
        sc.reclaimed += freed
        done.scanned += scanned
    sc.scanned = 0
    if not _ok(zone, sc.order, _plenty(sc.kernel, zone), done.end):
        shrink_zone(sc, zone, done.priority)
        done.scanned += sc.scanned
    elif not sc.kernel.features.kswapd_compacts:
        return
    if _compacted(sc, zone, done):
        return
    if not zone_reclaimable(sc.kernel, zone):
        sc.kernel.own(zone)
        zone.all_unreclaimable = True


def _plenty(kernel: Kernel, zone: Zone) -> int:
    """Free pages from which on a zone is left alone, while others are not."""
    if not kernel.features.kswapd_balance_gap:
        return _OLD_PLENTY * zone.high_wmark
    return zone.high_wmark + min(zone.low_wmark, (zone.present + _GAP_RATIO - 1) // _GAP_RATIO)


def _compacted(sc: ScanControl, zone: Zone, done: _Pass) -> bool:
    """Has a zone got pages enough, but no block of the order, and was compacted?"""
    if not sc.order or not sc.kernel.features.kswapd_compacts:
        return False
    if not _ok(zone, 0, zone.high_wmark, done.end) or _ok(zone, sc.order, zone.high_wmark, done.end):
        return False
    from thpsh.mm.compaction import compact_for_kswapd  # 2.6.38 alone needs it here

    compact_for_kswapd(sc.kernel, sc.cpu, zone, sc.order)
    return True


def pgdat_balanced(node: Node, good: int, classzone: int) -> bool:
    """For a high order it is enough that a quarter of the pages that the caller may use are balanced."""
    return good >= sum(zone.present for zone in node.zones if zone.kind <= classzone) >> 2


def _short_of_pages(node: Node, done: _Pass) -> bool:
    """Balanced for a high order: is a zone below its high mark for single pages?"""
    return any(
        not _ok(zone, 0, zone.high_wmark)
        for zone in node.zones
        if zone.kind <= done.end and not (zone.all_unreclaimable and done.priority != DEF_PRIORITY)
    )
