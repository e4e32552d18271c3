"""The end of work that somebody waited for."""

from thpsh.trace.events.stall import Stalled


def test_it_counts_nothing():
    assert list(Stalled("reclaim", 500).counts()) == []
