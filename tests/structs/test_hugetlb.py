"""The pool as data."""

from thpsh.structs.hugetlb import Hstate, HugetlbInode, HugetlbNode, ReserveMap


def test_totals_are_sums_over_nodes() -> None:
    nodes = (HugetlbNode(pages=3, surplus=1), HugetlbNode(pages=2))
    pool = Hstate(nodes, pages=dict.fromkeys(range(5)))  # type: ignore[arg-type]  # only their number matters
    assert (pool.total, pool.free, pool.surplus, pool.persistent) == (5, 0, 1, 4)


def test_nothing_is_promised_or_used_at_first() -> None:
    assert (ReserveMap().consumed, HugetlbInode().reserved, HugetlbInode().pages) == (0, 0, {})
