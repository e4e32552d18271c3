"""Zonelists: where an allocation looks for memory, in order (mm/page_alloc.c: build_all_zonelists)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.page import ZoneType

if TYPE_CHECKING:
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


def build_zonelists(nodes: tuple[Node, ...], order: str) -> None:
    """Sort every node's zonelist by node, by zone, or as suits the machine (`default`)."""
    if order == "default":
        order = "zone" if zone_order_is_default(nodes) else "node"
    for node in nodes:
        near = sorted(nodes, key=lambda other: (node.distances[other.nid], other.nid < node.nid, other.nid))
        zones = [zone for other in near for zone in reversed(other.zones)]
        if order == "zone":
            zones.sort(key=lambda zone: -zone.kind)
        node.zonelist = tuple(zones)
