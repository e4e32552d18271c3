"""Transparent huge page events (3.0 has counters only; later include/trace/events/huge_memory.h)."""

from __future__ import annotations

from enum import Enum

from thpsh.record import record
from thpsh.trace.event import Event


class FallbackReason(Enum):
    """Why a fault that could have been huge was not."""

    NO_FREE_BLOCK = "no free block of order 9 above the watermark"
    NOT_ELIGIBLE = "the VMA does not want huge pages now"
    DEBUG_COW = "debug_cow is set"
    MEMCG_LIMIT = "the memory cgroup has no room for 512 pages"


class SplitReason(Enum):
    """Who split a huge page."""

    VMA_BOUNDARY = "a VMA boundary moved into it"
    PARTIAL_ZAP = "part of it was unmapped"
    MREMAP = "mremap moves page tables, not huge PMDs"
    MPROTECT = "mprotect of part of it"
    MINCORE = "mincore looked at it"
    PAGEMAP = "pagemap was read"
    CLEAR_REFS = "clear_refs was written"
    SMAPS = "smaps was read"
    NUMA_MAPS = "numa_maps was read"
    MIGRATION = "migration moves small pages"
    MEMPOLICY = "mbind walked the range"
    SWAP = "it goes to swap"
    MLOCK = "reclaim met it in a locked VMA"
    MEMORY_FAILURE = "a memory error hit it"
    SOFT_OFFLINE = "soft offline of its head"
    KSM = "a duplicate of one of its pages was found"
    MOVE_CHARGE = "its charge moves to another cgroup"


@record(frozen=True)
class ThpFaultAlloc(Event):
    """A fault got a huge page."""

    vm_events = ("thp_fault_alloc",)

    pid: int
    address: int
    pfn: int
    node: int
    copy: bool = False  # of a shared huge page
    count: int = 1


@record(frozen=True)
class ThpFaultFallback(Event):
    """A fault that could have been huge took small pages."""

    vm_events = ("thp_fault_fallback",)

    pid: int
    address: int
    reason: FallbackReason
    copy: bool = False
    count: int = 1


@record(frozen=True)
class ThpChargeFailed(Event):
    """The memcg refused 512 pages: small pages, but no counter moves (3.0)."""

    pid: int
    address: int
    cgroup: str


@record(frozen=True)
class ThpSplit(Event):
    """A huge page became 512 small ones in all its mappings."""

    vm_events = ("thp_split",)

    pfn: int
    mappings: int
    reason: SplitReason
    addresses: tuple[tuple[int, int], ...]  # (mm number, address) of each mapping, in anon_vma list order


@record(frozen=True)
class ZapHugePmd(Event):
    """Whole huge PMDs were unmapped, not split."""

    address: int  # of the first
    count: int


@record(frozen=True)
class KhugepagedEnter(Event):
    """A process was registered with khugepaged."""

    mm: int
    position: int  # in the scan list


@record(frozen=True)
class ThpCollapseAlloc(Event):
    """khugepaged allocated a huge page; builds without NUMA do so before they know for which range.

    Those of several ranges side by side are told with the first.
    """

    vm_events = ("thp_collapse_alloc",)

    mm: int
    address: int
    pfn: int
    node: int
    count: int = 1


@record(frozen=True)
class ThpCollapseAllocFailed(Event):
    """khugepaged could not allocate a huge page."""

    vm_events = ("thp_collapse_alloc_failed",)

    mm: int
    address: int
    count: int = 1


@record(frozen=True)
class MmKhugepagedScanPmd(Event):
    """khugepaged looked at a 2 MiB range, or at several side by side."""

    mm: int
    address: int  # of the first
    verdict: str  # empty: it can be collapsed
    page: int  # the first page in the way, or -1
    count: int = 1


@record(frozen=True)
class MmCollapseHugePage(Event):
    """khugepaged made a huge page of a range: so many of its pages were in use, the others are new zeros."""

    mm: int
    address: int
    pfn: int
    node: int
    used: int


@record(frozen=True)
class KhugepagedRound(Event):
    """khugepaged woke up and scanned until its budget was used up or the list was done."""

    number: int  # full_scans before it


@record(frozen=True)
class KhugepagedQuiet(Event):
    """Rounds that found everything as before: counted, not done one by one."""

    count: int
    full_scans: int
