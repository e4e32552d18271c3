"""The table of changes against the papers (kernel-3.0.md §0, seed-commits.md)."""

import pytest

from thpsh.errors import UsageError
from thpsh.releases import CHANGES, diff, find, fold, known_releases, positions
from thpsh.releases.release import parse
from thpsh.structs.features import KernelFeatures

MATRIX = {
    "boolean_attributes": (False, True, True, True),
    "thp_vm_events": (False, True, True, True),
    "thp_gauges": (True, True, True, True),
    "smaps_huge": (False, True, True, True),
    "numa_maps_splits": (True, True, False, False),
    "numa_maps_huge": (False, False, False, True),
    "devzero_private": (False, True, True, True),
    "other_node_flag": (False, True, True, True),
    "collapse_node_of_first_page": (True, True, True, True),
    "collapse_charge_unlocked": (False, False, True, True),
    "anon_vma_mutex": (False, False, True, True),
    "memcg_fault_stats": (False, False, True, True),
    "memcg_numa_stat": (False, False, True, True),
    "compact_sync_after_reclaim": (True, False, True, True),
    "small_system_check": (True, True, True, True),
    "exit_single_unlock": (False, False, False, True),
}


def test_every_seed_commit_is_there_once():
    assert sorted(change.number for change in CHANGES if change.number) == list(range(1, 39))
    assert len({change.id for change in CHANGES}) == len(CHANGES)


def test_the_history_runs_from_38_to_1():
    assert [change.number for change in CHANGES if change.number][:3] == [38, 37, 36]
    assert [change.number for change in CHANGES if change.number][-3:] == [3, 2, 1]


def test_3_0_has_the_default_features():
    assert fold("3.0").features == KernelFeatures()


@pytest.mark.parametrize("name", MATRIX)
def test_features_by_release(name):
    found = tuple(getattr(fold(release).features, name) for release in ("2.6.38", "2.6.39", "3.0", "3.1"))
    assert found == MATRIX[name]


def test_2_6_37_has_no_huge_pages_at_all():
    features = fold("2.6.37").features
    assert not features.transparent_hugepage
    assert not features.khugepaged


@pytest.mark.parametrize(
    ("release", "numbers"),
    [("2.6.38-rc1", range(18, 39)), ("2.6.38-rc4", range(15, 39)), ("2.6.38", range(9, 39)), ("3.0-rc4", range(2, 39))],
)
def test_candidates_have_the_commits_tagged_by_then(release, numbers):
    found = {find(each).number for each in fold(release).changes}
    assert {number for number in found if number} == set(numbers)


def test_reverting_a_feature_reverts_what_needs_it_and_says_so():
    selection = fold("3.0", revert=["33"])
    assert not selection.features.khugepaged
    assert not selection.features.khugepaged_madvise_aware
    assert any(note.startswith("18 (") and "needs 33" in note for note in selection.notes)
    assert not selection.has("27")
    assert selection.has("36")


def test_without_the_core_nothing_of_thp_is_left():
    selection = fold("3.0", revert=["38", "33"])
    left = [number for number in range(38, 0, -1) if selection.has(str(number))]
    assert left == [37, 17, 12, 8, 6, 5, 4]  # a rule, and changes that reach beyond huge pages or show nowhere
    [note] = selection.notes
    assert note.startswith("36 35 34 33 ")
    assert note.endswith(" are reverted, too: they build on 38 (transparent-hugepage)")


def test_reverting_36_takes_19_and_18_along():
    selection = fold("3.0", revert=["36"])
    assert [selection.has(number) for number in ("36", "19", "18", "33")] == [False, False, False, True]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"revert": ["37"]}, "documents a rule"),
        ({"revert": ["1"]}, "not in this kernel"),
        ({"apply": ["33"]}, "has it already"),
        ({"revert": ["99"]}, "expected a number from 1 to 38"),
        ({"apply": ["1"], "revert": ["1"]}, "at once"),
    ],
)
def test_what_cannot_be_is_refused(options, words):
    with pytest.raises(UsageError, match=words):
        fold("3.0", **options)


def test_a_change_whose_need_is_absent_cannot_be_applied():
    with pytest.raises(UsageError, match="needs change 33"):
        fold("2.6.37", apply=["27"])


@pytest.mark.parametrize("number", ["7", "21", "30", "34", "36"])
def test_nothing_of_thp_can_be_applied_without_its_core(number):
    with pytest.raises(UsageError, match=f"change {number}: needs change 38, which 2.6.37 lacks"):
        fold("2.6.37", apply=[number])


def test_backports_are_possible():
    assert fold("2.6.38", apply=["7"]).features.thp_vm_events


def test_known_releases_are_in_order():
    words = known_releases()
    assert words == sorted(words, key=parse)
    assert {"2.6.37", "2.6.38-rc1", "2.6.38", "2.6.39", "3.0-rc4", "3.0", "3.1"} <= set(words)


def test_the_difference_of_two_releases():
    assert [change.name for change in diff("3.0", "3.1")] == [
        "1", "memcg-drain-unified", "overcommit-without-shmem", "numa-maps-huge",
    ]  # fmt: skip


def test_positions_grow_by_one_change():
    found = positions()
    assert found[0][1].transparent_hugepage
    assert not found[0][1].madv_hugepage
    assert found[-1][1] == fold("3.1").features
