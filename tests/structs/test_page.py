"""Sizes, migrate types and allocation flags."""

from thpsh.structs.page import Gfp, Lru, MigrateType, ZoneType, allocflags_to_migratetype, page_align, size_align


def test_allocation_flags_choose_the_list():
    assert allocflags_to_migratetype(Gfp.KERNEL) == MigrateType.UNMOVABLE
    assert allocflags_to_migratetype(Gfp.KERNEL | Gfp.RECLAIMABLE) == MigrateType.RECLAIMABLE
    assert allocflags_to_migratetype(Gfp.HIGHUSER_MOVABLE) == MigrateType.MOVABLE
    assert allocflags_to_migratetype(Gfp.TRANSHUGE) == MigrateType.MOVABLE


def test_a_huge_allocation_neither_retries_nor_warns_nor_wakes_kswapd_nor_uses_reserves():
    for flag in (Gfp.NORETRY, Gfp.NOWARN, Gfp.NO_KSWAPD, Gfp.NOMEMALLOC, Gfp.COMP, Gfp.MOVABLE, Gfp.WAIT):
        assert Gfp.TRANSHUGE & flag


def test_names_are_those_of_the_files():
    assert [kind.label for kind in MigrateType] == ["Unmovable", "Reclaimable", "Movable", "Reserve", "Isolate"]
    assert [kind.label for kind in ZoneType] == ["DMA", "DMA32", "Normal", "Movable"]


def test_lists_know_whether_they_are_active_and_of_files():
    assert [kind.name for kind in Lru if kind.active] == ["ACTIVE_ANON", "ACTIVE_FILE"]
    assert [kind.name for kind in Lru if kind.file] == ["INACTIVE_FILE", "ACTIVE_FILE"]


def test_lengths_are_rounded_up_to_pages():
    assert [page_align(n) for n in (0, 1, 4096, 4097)] == [0, 4096, 4096, 8192]


def test_a_length_close_to_16_eib_wraps_to_nothing():
    assert [size_align(n) for n in (1, (1 << 64) - 4096, (1 << 64) - 1)] == [4096, (1 << 64) - 4096, 0]
