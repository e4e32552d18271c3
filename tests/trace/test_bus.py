"""One bus for events."""

from thpsh.observe.vm_events import VmEvents
from thpsh.record import record
from thpsh.trace.bus import TraceBus
from thpsh.trace.clock import Clock
from thpsh.trace.event import Event
from thpsh.trace.events.kmem import MmPageAlloc, MmPageFree
from thpsh.trace.events.printk import Printk
from thpsh.trace.events.stall import Stalled


@record(frozen=True)
class Hunt(Event):
    """Work that somebody waits for."""

    stall = "reclaim"


class Listener:
    def __init__(self):
        self.records = []

    def heard(self, record):
        self.records.append(record)


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
    bus.subscribe(counters)
    bus.emit(MmPageAlloc(0, "DMA32", 9, 2, "Movable", 0))
    bus.emit(MmPageFree(0, "DMA32", 0, 3))
    assert counters.counts == {"pgalloc_dma32": 1024, "pgfree": 3}


def test_time_moves_only_when_told():
    clock = Clock()
    bus = TraceBus(clock)
    clock.spend(500)
    assert bus.emit(Printk("x")).time == 500
    assert (clock.now, clock.moment) == (0, 500)


def test_the_end_of_work_that_somebody_waits_for_says_how_long_it_took():
    clock = Clock(now=1000)
    bus = TraceBus(clock)
    listener = Listener()
    bus.subscribe(listener)
    with bus.cause(Printk("syscall")) as outer:
        clock.spend(10)
        with bus.cause(Hunt()):
            clock.spend(300)
            bus.emit(Printk("found"))
            clock.spend(40)
    last = listener.records[-1]
    assert (last.event, last.cause, last.time) == (Stalled("reclaim", 340), outer.number, 1350)


def test_who_wants_one_kind_of_event_hears_no_other():
    bus = TraceBus(Clock())
    all_of_them, printed = Listener(), Listener()
    bus.subscribe(all_of_them)
    bus.subscribe(printed, Printk)
    bus.emit(Printk("one"))
    bus.emit(MmPageFree(0, "DMA32", 0, 3))
    assert [record.event for record in printed.records] == [Printk("one")]
    assert [record.number for record in all_of_them.records] == [0, 1]
