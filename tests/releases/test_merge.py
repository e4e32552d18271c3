"""The 21 commits of the merge window, against seed-commits.md."""

import pytest

from thpsh.releases.merge import MERGE

BY_NUMBER = {change.number: change for change in MERGE}


def test_they_are_38_to_18_of_one_day():
    assert [change.number for change in MERGE] == list(range(38, 17, -1))
    assert {(change.date, change.first) for change in MERGE} == {("2011-01-14", "2.6.38-rc1")}


def test_three_people_wrote_them():
    others = {change.number: change.author for change in MERGE if change.author != "Andrea Arcangeli"}
    assert others == {
        32: "Johannes Weiner", 31: "Johannes Weiner", 21: "Rik van Riel", 20: "Rik van Riel",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "field"),
    [(38, "transparent_hugepage"), (36, "madv_hugepage"), (33, "khugepaged"), (21, "small_system_check")],
)
def test_which_behaviour_each_brings(number, field):
    assert BY_NUMBER[number].field == field


@pytest.mark.parametrize(("number", "need"), [(18, 33), (19, 36), (22, 33), (27, 33), (25, 38), (20, 34)])
def test_what_builds_on_what(number, need):
    assert need in BY_NUMBER[number].needs


def test_only_37_documents_a_rule():
    assert [change.number for change in MERGE if change.documents] == [37]


def test_each_has_a_feature_of_its_own():
    assert len({change.field for change in MERGE}) == 21
