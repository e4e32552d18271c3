"""The state of khugepaged (mm/huge_memory.c: khugepaged_scan, mm_slot)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from thpsh.record import record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock


class Nap(Enum):
    """What the thread is doing between two rounds."""

    NONE = "not running"
    SCAN = "scan_sleep"  # until the next round
    ALLOC = "alloc_sleep"  # after a failed allocation
    IDLE = "waiting for a process"  # nothing registered
    FROZEN = "frozen"


class Verdict(Enum):
    """What the last look at a 2 MiB range found (khugepaged_scan_pmd, collapse_huge_page)."""

    COLLAPSED = "collapsed"
    NO_TABLE = "no page table"
    HUGE = "huge already"
    NONE_PTES = "more empty entries than max_ptes_none"
    NOT_PRESENT = "an entry is swapped out or being moved"
    ZERO_PAGE = "an entry maps the zero page"
    READ_ONLY = "an entry is not writable"
    NOT_ON_LRU = "a page is on no LRU list"
    NOT_ANON = "a page is not anonymous"
    PAGE_COUNT = "a page is shared or pinned"
    UNREFERENCED = "no page was used"
    ALLOC_FAILED = "no huge page could be allocated"
    CHARGE_FAILED = "the memory cgroup has no room for 512 pages"


class Look(NamedTuple):
    """The outcome of a look: a verdict, None for a range that can be collapsed, and where and for which node."""

    verdict: Verdict | None
    page: int = -1  # the first page that stood in the way
    node: int = -1  # of the first present page


@record(eq=False)
class Khugepaged(Versioned):
    """Thread, cursor, counters and knobs."""

    running: bool = False
    nap: Nap = Nap.NONE
    wake_at: int = 0  # nanoseconds; the end of a timed nap
    woken: bool = False  # somebody called wake_up(&khugepaged_wait)
    cpu: int = 0
    first_mm: Mm | None = None  # the list of mm_slots, in scan order (khugepaged_scan.mm_head)
    last_mm: Mm | None = None
    nr_mms: int = 0
    cursor_mm: Mm | None = None
    cursor_address: int = 0
    failed_allocation: bool = False  # of the round before: sleep alloc_sleep first
    quiet: bool = False  # the last round changed nothing but the cursor and full_scans
    spare: Pageblock | None = None  # non-NUMA builds allocate ahead
    spare_freed: bool = False  # and, before commit 9, free it although they go on using it
    spare_charged: MemCgroup | None = None  # still charged there after a failure, before commit 14

    pages_to_scan: int = 4096
    scan_sleep_millisecs: int = 10000
    alloc_sleep_millisecs: int = 60000
    max_ptes_none: int = 511
    pages_collapsed: int = 0
    full_scans: int = 0

    @property
    def mms(self) -> list[Mm]:
        """The registered address spaces in scan order."""
        found = []
        mm = self.first_mm
        while mm is not None:
            found.append(mm)
            mm = mm.slot_next
        return found
