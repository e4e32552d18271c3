"""Memory errors and their consequences (include/ras/ras_event.h of later kernels)."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class MemoryFailureEvent(Event):
    """A memory error hit a page, and this came of it."""

    pfn: int
    state: str  # of the page when it was met: LRU, unevictable LRU, …
    result: str  # Recovered, Delayed, Failed or Ignored
    references: int = 0  # users the page has left


@record(frozen=True)
class SoftOffline(Event):
    """A page was taken out of use before it failed; its contents live on elsewhere."""

    pfn: int


@record(frozen=True)
class SoftOfflineFailed(Event):
    """A page could not be taken out of use."""

    pfn: int
    errno: str  # which madvise loses, and the log often does not tell
    reason: str


@record(frozen=True)
class Unpoison(Event):
    """A page was declared healthy again."""

    pfn: int
    pages: int  # HardwareCorrupted fell by so many
