"""Zonelists: where an allocation looks for memory, in order (mm/page_alloc.c: build_all_zonelists)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.page import HPAGE_NR, MigrateType, ZoneType

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node

_LOWMEM_SHARE: Final = 70  # percent of a node
RECLAIM_DISTANCE: Final = 30  # beyond it zone_reclaim_mode is switched on
_OLD_DISTANCE: Final = 20


def zone_order_is_default(nodes: tuple[Node, ...]) -> bool:
    """Are zonelists sorted by zone first (default_zonelist_order)? A machine with little low memory wants that."""
    low = sum(zone.present for node in nodes for zone in node.zones if zone.kind < ZoneType.NORMAL)
    total = sum(zone.present for node in nodes for zone in node.zones)
    if any(all(zone.kind < ZoneType.NORMAL for zone in node.zones) for node in nodes):
        return False
    if not low or low > total // 2:
        return False
    average = total // (len(nodes) + 1)
    for node in nodes:
        here = sum(zone.present for zone in node.zones)
        lowmem = sum(zone.present for zone in node.zones if zone.kind < ZoneType.NORMAL)
        if lowmem and here > average and lowmem > here * _LOWMEM_SHARE // 100:
            return False
    return True


def order_of(nodes: tuple[Node, ...], wanted: str) -> str:
    """By what zonelists are sorted, node or zone, where one of them or `default` is wanted."""
    if wanted != "default":
        return wanted
    return "zone" if zone_order_is_default(nodes) else "node"


def build_zonelists(nodes: tuple[Node, ...], order: str) -> None:
    """Sort every node's zonelist by node, by zone, or as suits the machine (`default`)."""
    order = order_of(nodes, order)
    load = dict.fromkeys(nodes, 0)
    for node in nodes:
        zones = [zone for other in _by_nearness(nodes, node, load) for zone in reversed(other.zones)]
        if order == "zone":
            zones.sort(key=lambda zone: -zone.kind)
        node.zonelist = tuple(zones)


def _by_nearness(nodes: tuple[Node, ...], node: Node, load: dict[Node, int]) -> list[Node]:
    """A node, then the others, the nearest first (find_next_best_node).

    Of nodes equally far away those without CPUs come first, then the next one up, then one that is not yet the first
    choice of another node: that is its load.
    """
    chosen = [node]
    left = [other for other in nodes if other is not node and other.zones]
    weight = len(nodes) - 1
    while left:
        best = min(left, key=lambda other: (_distance(node, other), load[other]))
        if node.distances[best.nid] != node.distances[chosen[-1].nid]:
            load[best] = weight
        weight -= 1
        chosen.append(best)
        left.remove(best)
    return chosen


def _distance(node: Node, other: Node) -> int:
    return node.distances[other.nid] + (other.nid < node.nid) + bool(other.cpus)


def far_apart(kernel: Kernel) -> bool:
    """Are nodes so far apart that memory of the near one is reclaimed before that of another is used?"""
    limit = RECLAIM_DISTANCE if kernel.features.reclaim_distance_30 else _OLD_DISTANCE
    return any(distance > limit for node in kernel.nodes for distance in node.distances)


def zonelists_text(kernel: Kernel, wanted: str = "default") -> list[str]:
    """The lines of the log after zonelists were built; builds without NUMA know only the order of zones."""
    pages = sum(max(0, zone.present - zone.high_wmark) for zone in kernel.zones)
    order = order_of(kernel.nodes, wanted) if kernel.build.numa else "zone"
    nodes = sum(1 for node in kernel.nodes if node.zones)
    mobility = "on" if pages >= HPAGE_NR * len(MigrateType) else "off"
    lines = [
        f"Built {nodes} zonelists in {order.capitalize()} order, mobility grouping {mobility}.  Total pages: {pages}"
    ]
    if kernel.build.numa:
        lines.append(f"Policy zone: {max(zone.kind for zone in kernel.zones).label}")
    return lines
