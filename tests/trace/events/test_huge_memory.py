"""The five thp_* counters of 3.0 (include/linux/vm_event_item.h)."""

from thpsh.trace.events.huge_memory import (
    FallbackReason,
    KhugepagedEnter,
    SplitReason,
    ThpChargeFailed,
    ThpCollapseAlloc,
    ThpCollapseAllocFailed,
    ThpFaultAlloc,
    ThpFaultFallback,
    ThpSplit,
    ZapHugePmd,
)

EVENTS = (
    ThpFaultAlloc(1, 0x200000, 512, 0),
    ThpFaultFallback(1, 0x200000, FallbackReason.NO_FREE_BLOCK),
    ThpCollapseAlloc(1, 0x200000, 512, 0),
    ThpCollapseAllocFailed(1, 0x200000),
    ThpSplit(512, 2, SplitReason.MPROTECT, ((1, 0x200000), (2, 0x200000))),
)


def test_each_of_five_events_counts_one():
    counted = [dict(event.counts()) for event in EVENTS]
    assert counted == [
        {"thp_fault_alloc": 1}, {"thp_fault_fallback": 1}, {"thp_collapse_alloc": 1},
        {"thp_collapse_alloc_failed": 1}, {"thp_split": 1},
    ]  # fmt: skip


def test_their_names_are_those_of_the_counters():
    assert all(event.vm_events == (event.tracepoint(),) for event in EVENTS)


def test_no_counter_moves_when_the_cgroup_refuses_or_a_huge_page_goes():
    # thp_fault_fallback of 3.0 counts failed allocations, not failed charges; thp_split is no zap.
    for event in (ThpChargeFailed(1, 0, "/a"), ZapHugePmd(0x200000, 4), KhugepagedEnter(1, 1)):
        assert dict(event.counts()) == {}


def test_reasons_can_be_told_apart():
    for reasons in (SplitReason, FallbackReason):
        assert len({reason.value for reason in reasons}) == len(reasons.__members__)
