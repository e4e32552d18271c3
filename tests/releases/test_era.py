"""Changes of the era that are no commits of the seed (fact sheet §0)."""

import pytest

from thpsh.releases.era import ERA

BY_ID = {change.id: change for change in ERA}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("smaps-huge", "2.6.39-rc1"),
        ("numbers-by-kstrto", "2.6.39-rc1"),
        ("memcg-fault-stats", "3.0-rc1"),
        ("memcg-numa-stat", "3.0-rc1"),
        ("numa-maps-huge", "3.1-rc1"),
    ],
)
def test_what_came_with_which_release(name, first):
    assert BY_ID[name].first == first


def test_compaction_after_reclaim_was_asynchronous_for_one_release():
    changes = [change for change in ERA if change.field == "compact_sync_after_reclaim"]
    assert [(change.first, change.value) for change in changes] == [("2.6.39-rc1", False), ("3.0-rc1", True)]


def test_numa_maps_stopped_splitting_before_it_understood_huge_pages():
    assert BY_ID["numa-maps-misread"].value is False
    assert BY_ID["numa-maps-misread"].first < BY_ID["numa-maps-huge"].first


def test_none_has_a_number_or_an_author_of_the_seed():
    assert {(change.number, change.author) for change in ERA} == {(None, "")}
