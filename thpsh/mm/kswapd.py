"""The reclaim daemon of a node: when it works and sleeps (mm/vmscan.c: kswapd, kswapd_try_to_sleep, wakeup_kswapd)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.balance_pgdat import balance_pgdat, pgdat_balanced
from thpsh.mm.watermark import zone_watermark_ok
from thpsh.trace.events.swap import (
    KswapdHighWmarkHitQuickly,
    KswapdLowWmarkHitQuickly,
    MmVmscanKswapdSleep,
    MmVmscanKswapdWake,
)

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node

_ENDLESS: Final = 1 << 62
_NAP: Final = 10**8  # nanoseconds (HZ/10) after which it looks once more before it sleeps for good


def kswapd_run(kernel: Kernel, node: Node, slice_ns: int = _ENDLESS) -> bool:
    """Let kswapd of a node work until all its zones are above their high marks, or given up; then it sleeps.

    It stops early when a time slice is used up, and goes on when it is its turn again: False.
    """
    kswapd = node.kswapd
    kernel.own(kswapd)
    now = kernel.clock.moment
    if kswapd.busy:
        order, classzone = kswapd.at
    else:
        if now < kswapd.nap:
            kernel.trace.emit(KswapdLowWmarkHitQuickly(node.nid))
        order, classzone = _request(node)
    kswapd.wanted = kswapd.busy = False
    kswapd.nap = 0
    with kernel.trace.cause(MmVmscanKswapdWake(node.nid, order)):
        while True:
            done = balance_pgdat(kernel, node, (order, classzone), now + slice_ns)
            if done is None:
                kswapd.wanted = kswapd.busy = True
                return False
            more = _more(kernel, node, done)
            if more is None:
                return True
            order, classzone = more


def _request(node: Node) -> tuple[int, int]:
    """Take what kswapd was asked for."""
    kswapd = node.kswapd
    request = kswapd.order, min(kswapd.classzone, node.zones[-1].kind)
    kswapd.order, kswapd.classzone = 0, node.zones[-1].kind
    return request


def _more(kernel: Kernel, node: Node, done: tuple[int, int]) -> tuple[int, int] | None:
    """The next request; None when kswapd takes a nap (the loop of kswapd).

    A request as hard as the last one in vain is not likely to do better: it sleeps first.
    """
    kswapd = node.kswapd
    order, classzone = done
    asked_order, asked_zone = kswapd.asked[0], min(kswapd.asked[1], node.zones[-1].kind)
    if classzone >= asked_zone and order == asked_order:
        asked_order, asked_zone = kswapd.asked = _request(node)
    if order < asked_order or classzone > asked_zone:
        return asked_order, asked_zone
    if _sleeping_prematurely(node, order, classzone):
        kernel.trace.emit(KswapdHighWmarkHitQuickly(node.nid))
        return _request(node)
    kswapd.at = done
    kswapd.nap = kernel.clock.moment + _NAP
    return None


def _sleeping_prematurely(node: Node, order: int, classzone: int) -> bool:
    """Is a zone, up to the class zone of its last work, below its high mark?"""
    good = 0
    fine = True
    for zone in node.zones:
        if zone.kind > classzone:
            break
        if zone.all_unreclaimable or zone_watermark_ok(zone, order, zone.high_wmark, zone.kind):
            good += zone.present
        else:
            fine = False
    return not pgdat_balanced(node, good, classzone) if order else not fine


def _end_of_nap(kernel: Kernel, node: Node, slice_ns: int) -> bool:
    """The short sleep is over: kswapd sleeps for good unless memory has got short again meanwhile."""
    kswapd = node.kswapd
    kernel.own(kswapd)
    kswapd.nap = 0
    if _sleeping_prematurely(node, *kswapd.at):
        kernel.trace.emit(KswapdHighWmarkHitQuickly(node.nid))
        return kswapd_run(kernel, node, slice_ns)
    kernel.trace.emit(MmVmscanKswapdSleep(node.nid))
    return True


def kswapd_wanted(kernel: Kernel) -> bool:
    """Has anybody asked for kswapd of any node?"""
    return any(node.kswapd.wanted for node in kernel.nodes)


def run_due(kernel: Kernel) -> None:
    """Let kswapd of every node work that somebody asked for, or whose short sleep is over, until it can sleep."""
    run_for(kernel, _ENDLESS)


def run_for(kernel: Kernel, slice_ns: int) -> bool:
    """Let kswapd of every node that is due work for some time; could all of them go to sleep?"""
    done = []
    for node in kernel.nodes:
        if node.kswapd.wanted:
            done.append(kswapd_run(kernel, node, slice_ns))
        elif 0 < node.kswapd.nap <= kernel.clock.moment:
            done.append(_end_of_nap(kernel, node, slice_ns))
    return all(done)
