"""Free lists and zonelists of a machine just booted."""

import time

from tests.support import G, M, host
from thpsh.boot import MachineSpec, boot
from thpsh.structs.page import MigrateType, ZoneType


def test_the_watermarks_are_those_of_a_captured_2g_machine():
    zones = host(memory=2 * G).kernel.zones
    assert [(z.min_wmark, z.low_wmark, z.high_wmark) for z in zones] == [(85, 106, 127), (11178, 13972, 16767)]


def test_dma_memory_is_wholly_free_as_captured():
    dma = host().kernel.zones[0]
    assert (dma.kind, dma.free) == (ZoneType.DMA, 3981)


def test_a_fresh_zone_is_kept_as_runs_not_as_blocks():
    zone = boot(MachineSpec(memory=64 * G)).kernel.zones[-1]
    assert len(zone.pageblocks) < 20
    assert sum(last - first for first, last in zone.area.virgin) > 30_000


def test_a_16_tib_host_boots_at_once():
    boot(MachineSpec())
    started = time.perf_counter()
    boot(MachineSpec(memory=16 << 40))
    assert time.perf_counter() - started < 0.05


def test_zonelists_go_by_node_where_a_node_has_only_low_memory():
    nodes = host(memory=2 * G, nodes=2, cpus=2).kernel.nodes
    assert [(z.node, z.kind.label) for z in nodes[1].zonelist] == [(1, "DMA32"), (0, "DMA32"), (0, "DMA")]


def test_zonelists_go_by_zone_where_low_memory_is_scarce():
    nodes = host(memory=16 * G, nodes=2, cpus=2).kernel.nodes
    assert [(z.node, z.kind.label) for z in nodes[0].zonelist] == [
        (0, "Normal"), (1, "Normal"), (0, "DMA32"), (0, "DMA"),
    ]  # fmt: skip


def test_the_first_pageblock_is_unmovable_and_two_are_reserved_per_zone():
    kernel = host(memory=2 * G).kernel
    assert kernel.zones[0].types[0] == MigrateType.UNMOVABLE
    reserved = [[kind for kind in zone.types.values() if kind == MigrateType.RESERVE] for zone in kernel.zones]
    assert [len(found) for found in reserved] == [1, 2]


def test_small_machines_boot_with_thp_off():
    kernel = host(memory=512 * M).kernel
    assert not kernel.thp.enabled
    assert not kernel.thp.defrag_always
    assert not kernel.khugepaged.running
