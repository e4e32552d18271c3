"""LRU events (include/trace/events/vmscan.h)."""

from __future__ import annotations

from dataclasses import dataclass

from thpsh.trace.event import Event


@dataclass(frozen=True, slots=True)
class Pgactivate(Event):
    """Pages moved to an active list."""

    vm_events = ("pgactivate",)

    node: int
    zone: str
    count: int


@dataclass(frozen=True, slots=True)
class LruAddDrain(Event):
    """The LRU caches of CPUs were emptied onto the lists."""

    cpu: int
    count: int  # pages that were waiting
