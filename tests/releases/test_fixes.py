"""The 17 commits after the merge, against seed-commits.md."""

import pytest

from thpsh.releases.fixes import FIXES

BY_NUMBER = {change.number: change for change in FIXES}


def test_they_stand_in_the_order_in_which_they_came():
    assert [change.number for change in FIXES] == list(range(17, 0, -1))
    assert [change.date for change in FIXES] == sorted(change.date for change in FIXES)


@pytest.mark.parametrize(
    ("number", "first", "date", "author"),
    [
        (17, "2.6.38-rc2", "2011-01-21", "Johannes Weiner"),
        (15, "2.6.38-rc4", "2011-02-03", "Jin Dongming"),
        (13, "2.6.38-rc5", "2011-02-16", "Andrea Arcangeli"),
        (10, "2.6.38-rc8", "2011-03-05", "Andi Kleen"),
        (9, "2.6.38", "2011-03-14", "Hugh Dickins"),
        (7, "2.6.39-rc4", "2011-04-15", "Andi Kleen"),
        (5, "2.6.39-rc6", "2011-04-29", "Andrea Arcangeli"),
        (4, "3.0-rc1", "2011-05-25", "Peter Zijlstra"),
        (2, "3.0-rc4", "2011-06-16", "Andrea Arcangeli"),
        (1, "3.1-rc1", "2011-07-26", "Chris Wright"),
    ],
)
def test_who_brought_what_when(number, first, date, author):
    found = BY_NUMBER[number]
    assert (found.first, found.date, found.author) == (first, date, author)


@pytest.mark.parametrize(
    ("number", "subject"),
    [
        (16, "memcg: fix USED bit handling at uncharge in THP"),
        (9, "thp+memcg-numa: fix BUG at include/linux/mm.h:370!"),
        (7, "mm: add VM counters for transparent hugepages"),
        (6, "mm/thp: use conventional format for boolean attributes"),
    ],
)
def test_subjects(number, subject):
    assert BY_NUMBER[number].subject == subject


def test_repairs_of_khugepaged_need_khugepaged():
    assert {number for number, change in BY_NUMBER.items() if 33 in change.needs} >= {14, 10, 9, 3, 2}


def test_no_fix_needs_a_later_one():
    assert all(need > change.number for change in FIXES for need in change.needs)
