"""The two counters of the hugetlbfs pool."""

from thpsh.trace.events.hugetlb import HtlbBuddyAlloc, HtlbBuddyAllocFail


def test_a_range_counts_by_its_length():
    assert list(HtlbBuddyAlloc(7).counts()) == [("htlb_buddy_alloc_success", 7)]
    assert list(HtlbBuddyAllocFail().counts()) == [("htlb_buddy_alloc_fail", 1)]
