"""One bus for events."""

from thpsh.observe.vm_events import VmEvents
from thpsh.trace.bus import TraceBus
from thpsh.trace.clock import Clock
from thpsh.trace.events.kmem import MmPageAlloc, MmPageFree
from thpsh.trace.events.printk import Printk


def test_events_know_their_cause():
    bus = TraceBus(Clock())
    with bus.cause(Printk("outer")) as outer:
        inner = bus.emit(Printk("inner"))
        with bus.cause(Printk("middle")) as middle:
            deepest = bus.emit(Printk("deepest"))
    after = bus.emit(Printk("after"))
    assert (outer.cause, inner.cause, middle.cause, deepest.cause, after.cause) == (None, 0, 0, 2, None)


def test_a_cause_ends_with_its_block_even_after_an_error():
    bus = TraceBus(Clock())
    try:
        with bus.cause(Printk("fails")):
            raise ValueError
    except ValueError:
        pass
    assert bus.emit(Printk("next")).cause is None


def test_counters_count_what_events_say():
    bus = TraceBus(Clock())
    counters = VmEvents()
    bus.subscribers.append(counters)
    bus.emit(MmPageAlloc(0, "DMA32", 9, 2, "Movable", 0))
    bus.emit(MmPageFree(0, "DMA32", 0, 3))
    assert counters.counts == {"pgalloc_dma32": 1024, "pgfree": 3}


def test_time_moves_only_when_told():
    clock = Clock()
    bus = TraceBus(clock)
    clock.spend(500)
    assert bus.emit(Printk("x")).time == 500
    assert (clock.now, clock.moment) == (0, 500)
