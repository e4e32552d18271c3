"""Zones as in the captures of real machines (oracle/3.0/extra/boot-*.txt)."""

import pytest

from thpsh.boot.layout import zone_layouts
from thpsh.structs.page import GIB, MIB, ZoneType

DMA, DMA32, NORMAL = ZoneType.DMA, ZoneType.DMA32, ZoneType.NORMAL


@pytest.mark.parametrize(
    ("megabytes", "kilobytes"),
    [
        (64, 58628), (128, 124156), (256, 253176), (512, 511212), (1024, 1029328), (2048, 2063540), (3072, 3097728),
        (4096, 4065984), (6144, 6134384), (8192, 8202856), (16384, 16476740),
    ],
)  # fmt: skip
def test_managed_memory_is_the_memtotal_of_the_captured_machine(megabytes, kilobytes):
    pages = 0
    for zone in zone_layouts([megabytes * MIB]):
        pages += sum(last - first for first, last in zone.usable) - sum(last - first for first, last in zone.reserved)
    assert pages * 4 == kilobytes


def test_a_4g_machine_is_split_at_3_gib():
    found = [(zone.kind, zone.start, zone.spanned, zone.present) for zone in zone_layouts([4 * GIB])]
    assert found == [(DMA, 16, 4080, 3925), (DMA32, 4096, 1044480, 768024), (NORMAL, 1048576, 262144, 258560)]


def test_a_3g_machine_lies_low_entirely():
    assert [zone.kind for zone in zone_layouts([3 * GIB])] == [DMA, DMA32]


def test_two_nodes_share_4g_as_captured():
    found = [
        (zone.node, zone.kind, zone.start, zone.spanned, zone.present) for zone in zone_layouts([2 * GIB, 2 * GIB])
    ]
    assert found == [
        (0, DMA, 16, 4080, 3925),
        (0, DMA32, 4096, 520192, 513080),
        (1, DMA32, 524288, 524288, 254944),
        (1, NORMAL, 1048576, 262144, 258560),
    ]


def test_what_the_kernel_took_lies_inside_its_zone():
    for zone in zone_layouts([4 << 40] * 4):
        for first, last in (*zone.reserved, *zone.held):
            assert any(a <= first and last <= b for a, b in zone.usable)
