"""Twin of thpsh/mm/memcg_reclaim.py."""

import pytest

from tests.mm.groups import PAGE, group, in_group
from tests.support import host
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_reclaim import hierarchical_reclaim, margin_pages
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapon import swapon


def test_the_margin_is_the_smaller_of_both_limits() -> None:
    _, memcg = in_group(limit=10 * PAGE)
    assert margin_pages(memcg) == 10
    memcg.memsw.limit = 4 * PAGE
    assert margin_pages(memcg) == 4


def test_a_hierarchy_is_gone_round_in_turn() -> None:
    h, _ = in_group()
    above = group(h, "above")
    above.use_hierarchy = True
    below = [group(h, name, above) for name in ("b", "c")]
    assert [each.number for each in (above, *below)] == [3, 4, 5]
    for place, each in enumerate(below):
        cgroup_attach(h.kernel, each, h.task)
        h.write(place * 32 * PAGE, 32 * PAGE)
    swapon(h.kernel, 16 << 20)
    lru_add_drain_all(h.kernel)
    assert hierarchical_reclaim(h.kernel, 0, above, shrink=True) == 32
    assert [each.stat.swap for each in below] == [32, 0]
    assert hierarchical_reclaim(h.kernel, 0, above, shrink=True) == 32
    assert [each.stat.swap for each in below] == [32, 32]
    assert above.last_scanned_child == 5


def test_a_group_without_pages_on_a_list_is_passed_over() -> None:
    h, memcg = in_group()
    assert hierarchical_reclaim(h.kernel, 0, memcg) == 0
    assert h.event("pgscan_direct_dma32") == 0


@pytest.mark.parametrize(("kernel", "swaps"), [("2.6.39", False), ("3.0", True)])
def test_lowering_a_limit_swaps_also_where_memory_and_swap_have_the_same_since_3_0(kernel: str, swaps: bool) -> None:
    h = host(kernel=kernel)
    h.enabled("never")
    swapon(h.kernel, 16 << 20)
    memcg = group(h)
    cgroup_attach(h.kernel, memcg, h.task)
    h.map(64 * PAGE)
    h.write(0, 64 * PAGE)
    lru_add_drain_all(h.kernel)
    memcg.memsw_is_minimum = True
    assert bool(hierarchical_reclaim(h.kernel, 0, memcg, shrink=True)) is swaps
    assert not hierarchical_reclaim(h.kernel, 0, memcg)
