"""LRU events (include/trace/events/vmscan.h)."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class Pgactivate(Event):
    """Pages moved to an active list."""

    vm_events = ("pgactivate",)

    node: int
    zone: str
    count: int


@record(frozen=True)
class LruAddDrain(Event):
    """The LRU caches of CPUs were emptied onto the lists."""

    cpu: int
    count: int  # pages that were waiting
