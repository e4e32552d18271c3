"""Counters of /proc/vmstat summed from events."""

from tests.support import M, host
from thpsh.observe.vm_events import VmEvents
from thpsh.trace.event import Record
from thpsh.trace.events.kmem import MmPageFree
from thpsh.trace.events.vmscan import Pgactivate


def test_counts_add_up():
    events = VmEvents()
    for event in (MmPageFree(0, "DMA", 0, 3), Pgactivate(0, "DMA", 14), MmPageFree(0, "DMA32", 9, 1)):
        events.heard(Record(0, 0, event, None))
    assert events.counts == {"pgfree": 515, "pgactivate": 14}


def test_what_never_happened_reads_as_zero_and_stays_absent():
    events = VmEvents()
    assert events.get("thp_split") == 0
    assert events.counts == {}


def test_a_huge_fault_of_a_process_is_one_of_each():
    h = host()
    h.map(2 * M)
    names = ("pgfault", "thp_fault_alloc", "thp_fault_fallback", "pgmajfault")
    before = [h.event(name) for name in names]
    h.write(0, 2 * M)
    assert [h.event(name) - old for name, old in zip(names, before, strict=True)] == [1, 1, 0, 0]
