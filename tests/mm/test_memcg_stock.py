"""Twin of thpsh/mm/memcg_stock.py."""

from tests.mm.groups import group, pages
from tests.support import host
from thpsh.mm.memcg_stock import consume_stock, drain_all_stock, drain_other_stocks, drain_stock, refill_stock


def test_a_stock_serves_only_the_group_it_was_filled_for() -> None:
    h = host()
    one, other = group(h, "one"), group(h, "other")
    refill_stock(h.kernel, 0, one, 10)
    assert consume_stock(h.kernel, 0, other, 1) == 0
    assert consume_stock(h.kernel, 0, one, 4) == 4
    assert consume_stock(h.kernel, 0, one, 9) == 6


def test_filling_for_another_group_gives_back_what_is_left() -> None:
    h = host()
    one, other = group(h, "one"), group(h, "other")
    one.res.usage = one.memsw.usage = 31 * 4096
    refill_stock(h.kernel, 0, one, 31)
    refill_stock(h.kernel, 0, other, 5)
    assert pages(one) == (0, 0)
    assert h.kernel.cpus[0].stock.cached is other


def test_drained_means_that_nothing_is_cached() -> None:
    h = host()
    one = group(h)
    one.res.usage = one.memsw.usage = 31 * 4096
    refill_stock(h.kernel, 0, one, 31)
    drain_stock(h.kernel, 0)
    assert h.kernel.cpus[0].stock.cached is None
    assert (one.res.usage, one.memsw.usage) == (0, 0)


def test_reclaim_empties_the_stocks_of_other_cpus_only() -> None:
    h = host(cpus=2)
    one = group(h)
    one.res.usage = one.memsw.usage = 20 * 4096
    refill_stock(h.kernel, 0, one, 10)
    refill_stock(h.kernel, 1, one, 10)
    drain_other_stocks(h.kernel, 0, one)
    assert [cpu.stock.nr_pages for cpu in h.kernel.cpus] == [10, 0]
    drain_all_stock(h.kernel)
    assert pages(one) == (0, 0)
