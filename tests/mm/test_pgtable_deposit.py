"""Page tables that wait behind huge PMDs."""

import pytest

from tests.support import M, host
from thpsh.mm.pgtable_deposit import deposit, withdraw, withdraw_several


def ring(*numbers):
    h = host()
    for number in numbers:
        deposit(h.kernel, h.task.mm, number)
    return h.kernel, h.task.mm


def test_the_table_put_last_is_taken_first_then_the_others_from_the_oldest_on():
    # list_add puts a new head behind the old one, get_pmd_huge_pte goes on along the ring
    assert [withdraw(*where) for where in [ring(11, 12, 13, 14)] * 4] == [14, 11, 12, 13]


def test_a_table_put_between_goes_before_the_next_and_sends_that_to_the_end():
    kernel, mm = ring(11, 12, 13, 14)
    assert withdraw(kernel, mm) == 14
    deposit(kernel, mm, 15)
    assert [withdraw(kernel, mm) for _ in range(4)] == [15, 12, 13, 11]
    assert mm.deposits == []


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_several_are_taken_as_one_by_one(count):
    one, several = ring(11, 12, 13, 14), ring(11, 12, 13, 14)
    assert withdraw_several(*several, count) == [withdraw(*one) for _ in range(count)]
    assert several[1].deposits == one[1].deposits


def test_each_huge_page_has_one():
    h = host()
    h.map(8 * M)
    h.write(0, 6 * M)
    assert len(h.task.mm.deposits) == 3
