"""Page allocator events (include/trace/events/kmem.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record
from thpsh.trace.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable


@record(frozen=True)
class MmPageAlloc(Event):
    """Blocks of one order came from one zone."""

    node: int
    zone: str
    order: int
    count: int  # blocks
    migratetype: str
    pfn: int  # of the first block
    gfp: int = 0

    def counts(self) -> Iterable[tuple[str, int]]:
        """Base pages, by zone."""
        return ((f"pgalloc_{self.zone.lower()}", self.count << self.order),)


@record(frozen=True)
class MmPageFree(Event):
    """Blocks of one order went back to one zone."""

    node: int
    zone: str
    order: int
    count: int  # blocks

    def counts(self) -> Iterable[tuple[str, int]]:
        """Base pages."""
        return (("pgfree", self.count << self.order),)


@record(frozen=True)
class MmPageAllocExtfrag(Event):
    """An allocation took a block from the lists of another migrate type."""

    node: int
    zone: str
    pfn: int
    alloc_order: int
    fallback_order: int
    wanted: str
    taken_from: str
    owns: bool  # the free pages of the pageblock now belong to the wanted type
    changed: bool  # so does the pageblock itself
