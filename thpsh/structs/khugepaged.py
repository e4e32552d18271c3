"""The state of khugepaged (mm/huge_memory.c: khugepaged_scan, mm_slot)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock


class Nap(Enum):
    """What the thread is doing between two rounds."""

    NONE = "not running"
    SCAN = "scan_sleep"  # until the next round
    ALLOC = "alloc_sleep"  # after a failed allocation
    IDLE = "waiting for a process"  # nothing registered
    FROZEN = "frozen"


@record(eq=False)
class Khugepaged(Versioned):
    """Thread, cursor, counters and knobs."""

    running: bool = False
    nap: Nap = Nap.NONE
    wake_at: int = 0  # nanoseconds; the end of a timed nap
    woken: bool = False  # somebody called wake_up(&khugepaged_wait)
    cpu: int = 0
    mms: dict[Mm, None] = field(default_factory=dict)  # mm_slots, in scan order
    cursor_mm: Mm | None = None
    cursor_address: int = 0
    failed_allocation: bool = False  # of the round before: sleep alloc_sleep first
    spare: Pageblock | None = None  # non-NUMA builds allocate ahead

    pages_to_scan: int = 4096
    scan_sleep_millisecs: int = 10000
    alloc_sleep_millisecs: int = 60000
    max_ptes_none: int = 511
    pages_collapsed: int = 0
    full_scans: int = 0
