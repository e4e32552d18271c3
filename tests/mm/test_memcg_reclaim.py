"""Twin of thpsh/mm/memcg_reclaim.py."""

from tests.mm.groups import PAGE, group, in_group
from thpsh.mm.memcg_reclaim import hierarchical_reclaim, margin_pages


def test_the_margin_is_the_smaller_of_both_limits() -> None:
    _, memcg = in_group(limit=10 * PAGE)
    assert margin_pages(memcg) == 10
    memcg.memsw.limit = 4 * PAGE
    assert margin_pages(memcg) == 4


def test_a_hierarchy_is_gone_round_in_turn() -> None:
    h, _ = in_group()
    above = group(h, "above", limit=0)
    above.use_hierarchy = True
    children = [group(h, name, above) for name in ("b", "c")]
    assert [each.number for each in (above, *children)] == [3, 4, 5]
    hierarchical_reclaim(h.kernel, 0, above)
    assert above.last_scanned_child == 3
    hierarchical_reclaim(h.kernel, 0, above, shrink=True)
    assert above.last_scanned_child == 4
