"""What an administrator finds after boot."""

import pytest

from thpsh.structs.knobs import Sysctl, ThpFlags


@pytest.mark.parametrize(
    ("always", "madvise", "may"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_khugepaged_may_run_unless_never(always, madvise, may):
    assert ThpFlags(enabled_always=always, enabled_madvise=madvise).enabled is may


def test_defrag_alone_enables_nothing():
    flags = ThpFlags(enabled_always=False)
    assert flags.defrag_always
    assert not flags.enabled


def test_clear_leaves_no_bit_but_the_directory():
    flags = ThpFlags(enabled_madvise=True, defrag_madvise=True, debug_cow=True)
    flags.clear()
    bits = ("enabled_always", "enabled_madvise", "defrag_always", "defrag_madvise", "khugepaged_defrag", "debug_cow")
    assert not any(getattr(flags, bit) for bit in bits)
    assert flags.registered


def test_sysctls_of_3_0():
    sysctl = Sysctl()
    assert sysctl.max_map_count == 65_530  # USHRT_MAX - 5
    assert (sysctl.swappiness, sysctl.overcommit_ratio, sysctl.page_cluster) == (60, 50, 3)
    assert (sysctl.dirty_ratio, sysctl.dirty_background_ratio, sysctl.vfs_cache_pressure) == (20, 10, 100)
    assert sysctl.lowmem_reserve_ratio == [256, 256, 32]


def test_two_machines_have_two_lists_of_ratios():
    first, second = Sysctl(), Sysctl()
    first.lowmem_reserve_ratio[0] = 1
    assert second.lowmem_reserve_ratio[0] == 256
