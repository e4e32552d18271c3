"""How long faults took."""

from thpsh.observe.latency import Distribution, Latency
from thpsh.trace.event import Record
from thpsh.trace.events.fault import FaultKind, PageFault
from thpsh.trace.events.stall import Stalled

FAULT = 800


def fault(kind, count, nanoseconds, cause=1):
    return Record(0, 0, PageFault(100, 0, count << 12, count, kind, True, nanoseconds), cause)


def stall(work, nanoseconds, cause=1):
    return Record(0, 0, Stalled(work, nanoseconds), cause)


def heard(*records):
    latency = Latency(FAULT)
    for record in records:
        latency.heard(record)
    return latency.kinds


def test_percentiles_are_those_of_the_nearest_rank():
    found = Distribution()
    found.add(10, 50)
    found.add(20, 49)
    found.add(1000, 1)
    assert [found.percentile(share) for share in (1, 50, 51, 99, 100)] == [10, 10, 20, 20, 1000]
    assert (found.count, found.total) == (100, 500 + 980 + 1000)


def test_an_empty_distribution_took_no_time():
    assert (Distribution().percentile(99), Distribution().count, Distribution().total) == (0, 0, 0)


def test_kinds_of_faults_stay_apart():
    kinds = heard(fault(FaultKind.SMALL, 10, 2200), fault(FaultKind.HUGE, 1, 700_800), fault(FaultKind.SMALL, 5, 2200))
    assert kinds[FaultKind.SMALL].times == {2200: 15}
    assert kinds[FaultKind.HUGE].times == {700_800: 1}


def test_what_a_fault_does_beyond_its_own_cost_is_its_work():
    kinds = heard(fault(FaultKind.SMALL, 10, 2200), fault(FaultKind.COPY, 2, 2500), fault(FaultKind.ZERO, 4, 800))
    assert kinds[FaultKind.SMALL].parts == {"clear": 14_000}
    assert kinds[FaultKind.COPY].parts == {"copy": 3400}
    assert kinds[FaultKind.ZERO].parts == {}


def test_all_stalls_before_a_huge_fault_are_its_own():
    kinds = heard(stall("compaction", 5000), stall("reclaim", 7000), fault(FaultKind.HUGE, 1, 700_000))
    assert kinds[FaultKind.HUGE].times == {712_000: 1}
    assert kinds[FaultKind.HUGE].parts == {"clear": 699_200, "compaction": 5000, "reclaim": 7000}


def test_each_stall_before_a_range_hits_one_of_its_faults():
    kinds = heard(stall("reclaim", 7000), stall("reclaim", 9000), fault(FaultKind.SMALL, 100, 2200))
    assert kinds[FaultKind.SMALL].times == {9200: 1, 11_200: 1, 2200: 98}


def test_stalls_of_somebody_else_are_not_a_faults():
    kinds = heard(stall("compaction", 5000, cause=1), fault(FaultKind.HUGE, 1, 700_000, cause=2))
    assert kinds[FaultKind.HUGE].times == {700_000: 1}
    kinds = heard(
        stall("compaction", 5000, cause=1), stall("reclaim", 10, cause=2), fault(FaultKind.HUGE, 1, 700_000, cause=2)
    )
    assert kinds[FaultKind.HUGE].times == {700_010: 1}


def test_a_stall_counts_once():
    kinds = heard(stall("reclaim", 7000), fault(FaultKind.SMALL, 1, 2200), fault(FaultKind.SMALL, 1, 2200))
    assert kinds[FaultKind.SMALL].times == {9200: 1, 2200: 1}


def test_a_reset_forgets_everything():
    latency = Latency(FAULT)
    latency.heard(fault(FaultKind.SMALL, 1, 2200))
    latency.heard(stall("reclaim", 7000))
    latency.reset()
    assert (latency.kinds, latency.stalls) == ({}, [])
