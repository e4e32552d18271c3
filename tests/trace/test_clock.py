"""Simulated time."""

from thpsh.trace.clock import Clock


def test_cost_is_seen_at_once_but_moves_no_clock():
    clock = Clock(now=1000)
    clock.spend(30)
    clock.spend(12)
    assert (clock.now, clock.moment) == (1000, 1042)


def test_time_stands_still_until_told():
    clock = Clock()
    assert [clock.moment for _ in range(3)] == [0, 0, 0]
