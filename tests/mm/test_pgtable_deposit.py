"""Page tables that wait behind huge PMDs."""

from tests.support import M, host
from thpsh.mm.pgtable_deposit import deposit, withdraw


def test_the_table_put_last_is_taken_first():
    h = host()
    mm = h.task.mm
    deposit(h.kernel, mm, 11)
    deposit(h.kernel, mm, 12)
    assert [withdraw(h.kernel, mm), withdraw(h.kernel, mm)] == [12, 11]


def test_each_huge_page_has_one():
    h = host()
    h.map(8 * M)
    h.write(0, 6 * M)
    assert len(h.task.mm.deposits) == 3
