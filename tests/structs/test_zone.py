"""Zones and their free lists before anything happens."""

from thpsh.structs.page import MigrateType, ZoneType
from thpsh.structs.zone import FreeArea, PerCpuPages, Zone


def dma32():
    return Zone(0, ZoneType.DMA32, 4096, 1_044_480, 1_030_000, ((4096, 1_048_576),))


def test_dma32_ends_at_4_gib():
    assert dma32().end_pfn << 12 == 4 << 30


def test_pageblocks_are_movable_until_somebody_steals_them():
    zone = dma32()
    zone.types[8] = MigrateType.UNMOVABLE
    assert zone.migratetype(8) is MigrateType.UNMOVABLE
    assert zone.migratetype(9) is MigrateType.MOVABLE


def test_free_blocks_lie_on_eleven_orders_of_five_types():
    lists = FreeArea().lists
    assert len(lists) == 11
    assert {len(types) for types in lists} == {5}
    lists[10][MigrateType.MOVABLE].nr += 1
    assert sum(listed.nr for types in lists for listed in types) == 1  # 55 different lists


def test_a_cpu_holds_pages_of_three_types_back():
    pcp = PerCpuPages()
    for number, pages in enumerate(pcp.lists, start=1):
        pages.nr = number
    assert pcp.count == 6


def test_two_zones_share_no_list():
    first, second = dma32(), dma32()
    first.lruvec.lists[0].nr_pages = 5
    first.stat.nr_mapped = 5
    assert (second.lruvec.lists[0].nr_pages, second.stat.nr_mapped) == (0, 0)
