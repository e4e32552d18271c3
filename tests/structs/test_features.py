"""The behaviours of 3.0, the default."""

import dataclasses

import pytest

from thpsh.structs.features import KernelFeatures


def test_3_0_has_all_but_what_came_later():
    features = KernelFeatures()
    absent = {each.name for each in dataclasses.fields(features) if not getattr(features, each.name)}
    assert absent == {
        "numa_maps_splits",
        "kswapd_compacts",
        "exit_single_unlock",
        "numa_maps_huge",
        "memcg_drain_unified",
        "overcommit_without_shmem",
    }


def test_the_features_of_a_booted_kernel_cannot_change():
    with pytest.raises(AttributeError, match="frozen"):
        KernelFeatures().khugepaged = False


def test_an_unknown_behaviour_is_refused():
    with pytest.raises(TypeError):
        KernelFeatures(thp_zero_page=True)  # the huge zero page is of 3.8
