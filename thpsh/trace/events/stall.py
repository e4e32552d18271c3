"""Waiting: work that an allocation has to sit through."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class Stalled(Event):
    """Reclaim or compaction came to its end, and whoever needed it goes on."""

    work: str
    nanoseconds: int
