"""Twin of thpsh/mm/memcg_stock.py."""

from typing import Any

import pytest

from tests.mm.groups import group, pages
from tests.support import host
from thpsh.mm.memcg_stock import consume_stock, drain_all_stock, drain_all_stock_async, drain_stock, refill_stock
from thpsh.structs.memcg import MemCgroup


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


def stocked(**spec: Any) -> tuple[Any, list[MemCgroup]]:
    """Three CPUs: two have ten pages in stock for one group, the third for another."""
    h = host(cpus=3, **spec)
    groups = [group(h, "one"), group(h, "two")]
    for cpu, memcg in enumerate((groups[0], groups[0], groups[1])):
        memcg.res.usage += 10 * 4096
        memcg.memsw.usage += 10 * 4096
        refill_stock(h.kernel, cpu, memcg, 10)
    return h, groups


@pytest.mark.parametrize(
    ("kernel", "left"), [("2.6.38", [0, 0, 0]), ("2.6.39", [0, 0, 0]), ("3.0", [10, 0, 10]), ("3.1", [0, 0, 10])]
)
def test_reclaim_empties_stocks_of_its_hierarchy(kernel: str, left: list[int]) -> None:
    h, (one, _) = stocked(kernel=kernel)
    drain_all_stock_async(h.kernel, 0, one)
    assert [cpu.stock.nr_pages for cpu in h.kernel.cpus] == left


@pytest.mark.parametrize(("kernel", "left"), [("3.0", [0, 0, 0]), ("3.1", [0, 0, 10])])
def test_a_group_that_is_emptied_has_its_stocks_drained(kernel: str, left: list[int]) -> None:
    h, (one, two) = stocked(kernel=kernel)
    drain_all_stock(h.kernel, one)
    assert [cpu.stock.nr_pages for cpu in h.kernel.cpus] == left
    assert (pages(one), pages(two)) == ((0, 0), (left[2], 0))
