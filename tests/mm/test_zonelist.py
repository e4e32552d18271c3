"""Zonelists of machines with one and with several nodes."""

import pytest

from tests.support import G, host
from thpsh.boot import MachineSpec, boot
from thpsh.boot.spec import NodeSpec
from thpsh.mm.zonelist import build_zonelists, zone_order_is_default
from thpsh.structs.page import ZoneType
from thpsh.structs.zone import Node, Zone


def zonelist(node):
    return [(zone.node, zone.kind.label) for zone in node.zonelist]


def built(order):
    nodes = host(memory=16 * G, nodes=2, cpus=2).kernel.nodes
    build_zonelists(nodes, order)
    return [zonelist(node) for node in nodes]


def test_node_order_empties_the_near_node_first():
    assert built("node") == [
        [(0, "Normal"), (0, "DMA32"), (0, "DMA"), (1, "Normal")],
        [(1, "Normal"), (0, "Normal"), (0, "DMA32"), (0, "DMA")],
    ]


def test_zone_order_spares_low_memory():
    assert built("zone") == [
        [(0, "Normal"), (1, "Normal"), (0, "DMA32"), (0, "DMA")],
        [(1, "Normal"), (0, "Normal"), (0, "DMA32"), (0, "DMA")],
    ]


def test_one_node_looks_from_high_to_low():
    assert zonelist(host(memory=8 * G).kernel.nodes[0]) == [(0, "Normal"), (0, "DMA32"), (0, "DMA")]


def test_nearer_nodes_come_first():
    nodes = host(memory=24 * G, nodes=3, cpus=3).kernel.nodes
    for node, distances in zip(nodes, ((10, 30, 20), (30, 10, 20), (20, 20, 10)), strict=True):
        node.distances = distances
    build_zonelists(nodes, "node")
    near = [list(dict.fromkeys(zone.node for zone in node.zonelist)) for node in nodes]
    assert near[:2] == [[0, 2, 1], [1, 2, 0]]


def machine(*nodes):
    """Nodes of so many pages of DMA32 and Normal each."""

    def zones(nid, sizes):
        return tuple(
            Zone(nid, kind, 0, size, size, ())
            for kind, size in zip((ZoneType.DMA32, ZoneType.NORMAL), sizes, strict=True)
            if size
        )

    return tuple(Node(nid, zones(nid, sizes), ()) for nid, sizes in enumerate(nodes))


@pytest.mark.parametrize(
    ("nodes", "by_zone"),
    [
        (((100, 400), (0, 500)), True),  # little low memory: spare it
        (((100, 0), (0, 500)), False),  # a node of low memory only
        (((300, 100), (0, 100)), False),  # more than half is low
        (((80, 20), (0, 100)), False),  # a large node that is mostly low memory
        (((0, 500), (0, 500)), False),  # none is low
    ],
)
def test_the_default_depends_on_low_memory(nodes, by_zone):
    assert zone_order_is_default(machine(*nodes)) is by_zone


def equally_far(count, cpus):
    """So many nodes, all 20 apart; the order of nodes in each zonelist."""
    nodes = host(memory=count * 4 * G, nodes=count, cpus=cpus).kernel.nodes
    build_zonelists(nodes, "node")
    return [list(dict.fromkeys(zone.node for zone in node.zonelist)) for node in nodes]


def test_the_second_choice_of_nodes_equally_far_away_goes_round():
    assert equally_far(4, 4) == [[0, 1, 2, 3], [1, 2, 3, 0], [2, 3, 0, 1], [3, 0, 1, 2]]


def test_nodes_without_a_cpu_are_asked_first():
    assert equally_far(3, 2)[0] == [0, 2, 1]


def test_beyond_a_distance_zone_reclaim_mode_is_on():
    modes = {}
    for release in ("2.6.39", "3.0"):
        for distance in (20, 21, 30, 31):
            nodes = tuple(NodeSpec(G, 1, tuple(10 if a == b else distance for b in range(2))) for a in range(2))
            machine = boot(MachineSpec(kernel=release, memory=2 * G, nodes=2, cpus=2, node_list=nodes))
            modes[release, distance] = machine.kernel.sysctl.zone_reclaim_mode
    assert [key for key, mode in modes.items() if mode] == [
        ("2.6.39", 21), ("2.6.39", 30), ("2.6.39", 31), ("3.0", 31)
    ]  # fmt: skip
