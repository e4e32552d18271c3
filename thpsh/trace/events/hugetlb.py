"""Events of the hugetlbfs pool (3.0 has counters only)."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class HtlbBuddyAlloc(Event):
    """The pool got pages from the buddy allocator."""

    vm_events = ("htlb_buddy_alloc_success",)

    count: int


@record(frozen=True)
class HtlbBuddyAllocFail(Event):
    """The buddy allocator had no page for the pool."""

    vm_events = ("htlb_buddy_alloc_fail",)
