"""Zonelists: where an allocation looks for memory, in order (mm/page_alloc.c: build_all_zonelists)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.page import HPAGE_NR, MigrateType, ZoneType

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node

_LOWMEM_SHARE: Final = 70  # percent of a node


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
    for node in nodes:
        near = sorted(nodes, key=lambda other: (node.distances[other.nid], other.nid < node.nid, other.nid))
        zones = [zone for other in near for zone in reversed(other.zones)]
        if order == "zone":
            zones.sort(key=lambda zone: -zone.kind)
        node.zonelist = tuple(zones)


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
