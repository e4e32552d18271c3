"""Indices of external fragmentation, by the formulas of mm/vmstat.c."""

import pytest

from tests.support import host
from thpsh.mm.extfrag import AVAILABLE, fragmentation_index, free_blocks, unusable_free_index
from thpsh.structs.page import MAX_ORDER, MigrateType
from thpsh.structs.zone import Zone


def zone_with(**orders: int) -> Zone:
    """A zone with so many free Movable blocks: o0=3 is three single pages."""
    zone = host().kernel.zones[-1]
    for lists in zone.area.lists:
        for listed in lists:
            listed.nr = 0
    for word, count in orders.items():
        zone.area.lists[int(word[1:])][MigrateType.MOVABLE].nr = count
    return zone


def test_blocks_of_all_types_count_together():
    zone = zone_with(o0=3)
    zone.area.lists[0][MigrateType.UNMOVABLE].nr = 2
    assert free_blocks(zone) == (5, *(0,) * (MAX_ORDER - 1))


@pytest.mark.parametrize(
    ("orders", "order", "index"),
    [
        ({}, 9, 0),  # nothing free: lack of memory
        ({"o9": 1}, 9, AVAILABLE),
        ({"o10": 1}, 3, AVAILABLE),
        ({"o0": 64000}, 9, 999),  # 1000 - (1000 + 64000000 // 512) // 64000
        ({"o0": 1}, 9, -1),  # 1000 - (1000 + 1) // 1: not above 0 either
        ({"o8": 1}, 9, -500),
        ({"o8": 2}, 9, 0),
        ({"o3": 10}, 4, 400),
    ],
)
def test_the_fragmentation_index_tells_lack_of_memory_from_fragmentation(orders, order, index):
    assert fragmentation_index(zone_with(**orders), order) == index


@pytest.mark.parametrize(
    ("orders", "order", "index"),
    [
        ({}, 0, 1000),
        ({"o10": 4}, 10, 0),
        ({"o0": 1024, "o10": 1}, 0, 0),
        ({"o0": 1024, "o10": 1}, 1, 500),
        ({"o0": 15359, "o10": 116}, 9, 114),
    ],
)
def test_the_unusable_index_is_the_share_of_free_memory_in_smaller_blocks(orders, order, index):
    assert unusable_free_index(zone_with(**orders), order) == index
