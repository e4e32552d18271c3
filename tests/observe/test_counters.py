"""Events and gauges at one moment."""

from tests.support import K, M, host
from thpsh.observe.counters import counters


def test_events_appear_when_they_happen_and_gauges_are_always_there():
    h = host()
    h.map(4 * M)
    before = counters(h.kernel, h.machine.vm_events)
    assert "thp_fault_alloc" not in before
    assert before["nr_anon_transparent_hugepages"] == 0
    h.write(0, 4 * K)
    after = counters(h.kernel, h.machine.vm_events)
    assert after["thp_fault_alloc"] == 1
    assert after["nr_anon_transparent_hugepages"] == 1
    assert before["nr_free_pages"] - after["nr_free_pages"] == 512


def test_gauges_are_sums_over_all_zones():
    h = host(memory=6 << 30)
    h.map(8 * M)
    h.enabled("never")
    h.write(0, 8 * M)
    found = counters(h.kernel, h.machine.vm_events)
    assert found["nr_anon_pages"] >= 2048
    assert found["nr_free_pages"] == sum(zone.free for zone in h.kernel.zones)


def test_the_counters_are_a_copy():
    h = host()
    h.map(4 * M)
    before = counters(h.kernel, h.machine.vm_events)
    kept = dict(before)
    h.write(0, 2 * M)
    assert before == kept
