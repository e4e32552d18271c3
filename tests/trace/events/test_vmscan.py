"""LRU events."""

from thpsh.trace.events.vmscan import LruAddDrain, Pgactivate


def test_activated_pages_are_counted():
    assert dict(Pgactivate(0, "DMA32", 14).counts()) == {"pgactivate": 14}


def test_draining_the_caches_has_no_counter():
    assert dict(LruAddDrain(0, 14).counts()) == {}
    assert LruAddDrain.tracepoint() == "lru_add_drain"
