"""Compaction events (include/trace/events/compaction.h, and the vm events of mm/page_alloc.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record
from thpsh.trace.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator


@record(frozen=True)
class MmCompactionMigratepages(Event):
    """One compaction of a zone: batches of up to 32 pages, empty ones included, and what became of the pages."""

    node: int
    zone: str
    order: int  # -1: asked for through a file
    sync: bool
    batches: int
    moved: int
    failed: int
    scanned: int  # frames that the two scanners passed
    result: str
    nanoseconds: int = 0

    def counts(self) -> Iterator[tuple[str, int]]:
        """Batches, pages moved, and pages that would not move."""
        for name, count in (
            ("compact_blocks_moved", self.batches),
            ("compact_pages_moved", self.moved),
            ("compact_pagemigrate_failed", self.failed),
        ):
            if count:
                yield name, count


@record(frozen=True)
class CompactStall(Event):
    """An allocation waits for direct compaction."""

    vm_events = ("compact_stall",)
    stall = "compaction"

    order: int
    sync: bool


@record(frozen=True)
class CompactSuccess(Event):
    """The allocation got its block right after the compaction."""

    vm_events = ("compact_success",)

    order: int


@record(frozen=True)
class CompactFail(Event):
    """Compaction ran and the allocation failed all the same: the next attempts in the zone are deferred."""

    vm_events = ("compact_fail",)

    order: int
    defer_shift: int  # one in 2 ** shift attempts will run


@record(frozen=True)
class CompactDeferred(Event):
    """Direct compaction was not even tried, since it failed of late."""

    node: int
    zone: str
    considered: int
    limit: int
