"""Twin of thpsh/mm/res_counter.py."""

from tests.support import host
from thpsh.mm.res_counter import ancestors, charge, margin, room, uncharge
from thpsh.structs.memcg import ResCounter


def chain() -> tuple[ResCounter, ResCounter]:
    top = ResCounter(limit=100)
    return ResCounter(parent=top, limit=80), top


def test_a_charge_reaches_all_counters_above() -> None:
    below, top = chain()
    assert charge(host().kernel, below, 30) is None
    assert [each.usage for each in ancestors(below)] == [30, 30]
    assert (below.max_usage, top.max_usage) == (30, 30)


def test_the_counter_that_refuses_counts_the_failure_and_all_is_undone() -> None:
    below, top = chain()
    top.usage = 90
    assert charge(host().kernel, below, 20) is top
    assert (below.usage, top.usage) == (0, 90)
    assert (below.failcnt, top.failcnt) == (0, 1)


def test_the_highest_usage_of_a_charge_undone_stays_noted() -> None:
    below, top = chain()
    top.usage = 90
    charge(host().kernel, below, 20)
    assert below.max_usage == 20


def test_a_limit_can_be_used_to_the_last_byte() -> None:
    below, _ = chain()
    assert charge(host().kernel, below, 80) is None
    assert margin(below) == 0


def test_uncharge_gives_back_all_the_way_up() -> None:
    below, top = chain()
    kernel = host().kernel
    charge(kernel, below, 50)
    uncharge(kernel, below, 20)
    assert (below.usage, top.usage, below.max_usage) == (30, 30, 50)


def test_room_is_what_the_tightest_counter_leaves() -> None:
    below, top = chain()
    top.usage = 70
    assert room(below) == 30
    top.usage, below.usage = 40, 40
    assert room(below) == 40


def test_usage_above_a_lowered_limit_leaves_no_margin() -> None:
    assert margin(ResCounter(usage=50, limit=20)) == 0
