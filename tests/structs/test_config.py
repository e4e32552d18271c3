"""The build, and modelled times against the table in the THP core commit (3 GiB written on a 2010 machine)."""

import pytest

from thpsh.structs.config import BuildConfig, CostModel
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


def test_writing_with_small_pages_takes_what_the_commit_measured():
    cost = CostModel()
    us = (SIZE >> 12) * (cost.fault + cost.clear_page) / 1000 + SIZE * cost.byte_ps / 10**6
    assert us == pytest.approx(2_182_476, rel=0.01)  # "memset page fault", never


def test_a_second_write_costs_only_the_stores():
    assert SIZE * CostModel().byte_ps / 10**6 == pytest.approx(453_854, rel=0.01)  # "memset tlb miss"
