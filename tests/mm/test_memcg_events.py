"""Twin of thpsh/mm/memcg_events.py."""

from tests.mm.groups import PAGE, group
from tests.support import host
from thpsh.mm.memcg_events import count_events, insert_exceeded, largest_soft_limit_node, update_tree
from thpsh.structs.memcg import MemCgroup


def noted(events: list[int]) -> list[int]:
    """At which of some numbers of events, counted one after the other, the group notes what it has."""
    h = host()
    memcg = group(h)
    found = []
    for count in events:
        count_events(h.kernel, memcg, count)
        if memcg.numainfo_events:
            found.append(memcg.stat.events)
            memcg.numainfo_events = False
    return found


def test_the_first_event_is_noted_and_then_the_first_look_after_a_thousand_more() -> None:
    """A look is due after 128 events, and comes with the one after: 1, 130, 259, ... 1033, ... 2065."""
    assert noted([1] * 2100) == [1, 1033, 2065]


def test_many_events_at_once_are_as_many_single_ones() -> None:
    assert noted([2100, 996, 1]) == [2100, 3097]  # the last note was due at 2065, the next at 3097


def test_a_huge_page_is_512_events() -> None:
    assert noted([512] * 8) == [512, 1536, 2560, 3584]


def tree(h, memcg: MemCgroup) -> int | None:
    """How far a group is above its soft limit, as the tree of the first zone knows it."""
    zone = h.kernel.zones[0]
    return h.kernel.tables.soft_limit_tree.get((zone.node, zone.kind), {}).get(memcg)


def test_groups_above_their_soft_limits_are_in_the_tree_and_so_are_those_above_them() -> None:
    h = host()
    above = group(h, "above")
    above.use_hierarchy = True
    below = group(h, "below", above)
    for memcg, limit in ((above, 10), (below, 4)):
        memcg.res.usage = 12 * PAGE
        memcg.res.soft_limit = limit * PAGE
    update_tree(h.kernel, below)
    assert (tree(h, above), tree(h, below)) == (2 * PAGE, 8 * PAGE)
    below.res.soft_limit = 20 * PAGE
    update_tree(h.kernel, below)
    assert (tree(h, above), tree(h, below)) == (2 * PAGE, None)


def test_the_largest_is_taken_out_and_of_equal_ones_the_one_that_came_last() -> None:
    h = host()
    zone = h.kernel.zones[0]
    groups = [group(h, name) for name in "abcd"]
    for memcg, excess in zip(groups, (1, 3, 3, 2), strict=True):
        memcg.res.usage, memcg.res.soft_limit = excess * PAGE, 0
        insert_exceeded(h.kernel, zone, memcg, excess * PAGE)
    groups[3].res.soft_limit = 9 * PAGE  # not above it any more
    assert [largest_soft_limit_node(h.kernel, zone) for _ in range(4)] == [groups[2], groups[1], groups[0], None]
