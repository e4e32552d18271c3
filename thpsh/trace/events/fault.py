"""Page-fault events."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from thpsh.record import record
from thpsh.trace.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable


class FaultKind(Enum):
    """What a fault turned out to be; `latency` keeps one distribution for each."""

    HUGE = "huge"
    SMALL = "small"
    ZERO = "zero page"
    REUSE = "write, reused"
    COPY = "copy on write"
    HUGE_REUSE = "huge write, reused"
    HUGE_COPY = "huge copy on write"
    HUGE_TO_SMALL = "huge copied to small"
    FILE = "file page"
    FILE_READ = "file page, read from disk"
    SHMEM = "shared memory"
    SWAP = "swap-in"
    SWAP_CACHE = "swap cache"
    HUGETLB = "page of hugetlbfs"
    HUGETLB_REUSE = "page of hugetlbfs, reused"
    HUGETLB_COPY = "page of hugetlbfs, copy on write"
    RETRY = "retried"
    POISONED = "poisoned page"

    @property
    def word(self) -> str:
        """Its name as a user types it."""
        return self.name.lower().replace("_", "-")

    @property
    def work(self) -> str:
        """What the kernel does for such a fault beyond finding its way: clear, copy, read; or nothing."""
        return _WORK.get(self, "")


_WORK: Final = {
    FaultKind.HUGE: "clear",
    FaultKind.SMALL: "clear",
    FaultKind.HUGETLB: "clear",
    FaultKind.HUGETLB_COPY: "copy",
    FaultKind.SHMEM: "clear",
    FaultKind.COPY: "copy",
    FaultKind.HUGE_COPY: "copy",
    FaultKind.HUGE_TO_SMALL: "copy",
    FaultKind.FILE: "copy",
    FaultKind.FILE_READ: "read",
    FaultKind.SWAP: "read",
}


@record(frozen=True)
class PageFault(Event):
    """Faults of one kind on a range of addresses of one process."""

    pid: int
    address: int  # of the first
    end: int  # first byte after the last page
    count: int
    kind: FaultKind
    write: bool
    nanoseconds: int = 0  # modelled cost of each, what it had to wait for left out
    major: bool = False

    def counts(self) -> Iterable[tuple[str, int]]:
        """One pgfault a fault, whatever the page size."""
        counted = ("pgfault", self.count)
        return (counted, ("pgmajfault", self.count)) if self.major else (counted,)


@record(frozen=True)
class AccessLoop(Event):
    """A process went over its memory: what the TLB missed, and how long all of it took, faults included."""

    pid: int
    address: int
    length: int
    accesses: int
    small_misses: int  # of pages of 4 KiB
    huge_misses: int  # of pages of 2 MiB
    walk_ns: int  # spent on the walks after misses
    nanoseconds: int


@record(frozen=True)
class Signal(Event):
    """A process got a deadly signal at an address."""

    pid: int
    name: str
    address: int
    code: str
