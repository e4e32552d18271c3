"""LRU events (include/trace/events/vmscan.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record
from thpsh.trace.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable


@record(frozen=True)
class Pgactivate(Event):
    """Pages moved to an active list."""

    vm_events = ("pgactivate",)

    node: int
    zone: str
    count: int


@record(frozen=True)
class LruDeactivate(Event):
    """Pages that could not be dropped moved to an inactive list, clean ones to its end."""

    node: int
    zone: str
    count: int
    deactivated: int
    rotated: int

    def counts(self) -> Iterable[tuple[str, int]]:
        """The vm events."""
        yield "pgdeactivate", self.deactivated
        yield "pgrotated", self.rotated


@record(frozen=True)
class LruAddDrain(Event):
    """The LRU caches of CPUs were emptied onto the lists."""

    cpu: int
    count: int  # pages that were waiting
