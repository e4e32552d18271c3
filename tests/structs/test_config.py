"""The build, and modelled times against the table in the THP core commit (3 GiB written on a 2010 machine)."""

import pytest

from thpsh.structs.config import PROFILES, BuildConfig, CostModel, Paging
from thpsh.structs.page import GIB

SIZE = 3 * GIB


def test_the_default_build_has_thp_always_and_no_debugging():
    build = BuildConfig()
    assert (build.thp, build.numa, build.memcg) == ("always", True, True)
    assert not build.debug_vm
    assert not build.highpte


def test_writing_with_huge_pages_takes_what_the_commit_measured():
    cost = CostModel()
    us = ((SIZE >> 21) * cost.fault + (SIZE >> 12) * cost.clear_page) / 1000 + SIZE * cost.byte_ps / 10**6
    assert us == pytest.approx(1_566_023, rel=0.01)  # "memset page fault", always


def test_a_small_fault_costs_what_the_commit_measured():
    cost = CostModel()
    ns = cost.fault + 4 * cost.walk_line_ps / 1000  # the table's two columns differ by that for each fault more
    assert ns == pytest.approx((2_182_634 - 1_566_757) * 1000 / (786_432 - 1536), rel=0.01)


def test_a_second_write_costs_only_the_stores():
    assert SIZE * CostModel().byte_ps / 10**6 == pytest.approx(453_854, rel=0.01)  # "memset tlb miss"


def test_a_store_to_memory_costs_what_the_commit_measured():
    assert (SIZE >> 12) * CostModel().store_ps / 10**6 == pytest.approx(41_635, rel=0.01)  # "random access tlb miss"


def test_the_profile_of_the_commits_machine_is_the_default():
    assert PROFILES["vmx-2010"] == CostModel()


def test_x86_64_has_four_levels():
    assert (Paging().levels, Paging().tlb) == (4, (64, 32))
