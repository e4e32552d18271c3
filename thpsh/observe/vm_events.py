"""VmEvents: the event counters of /proc/vmstat, summed from the trace (mm/vmstat.c: vm_event_states)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.trace.event import Event

if TYPE_CHECKING:
    from thpsh.trace.event import Record


@record
class VmEvents:
    """How often each vm event happened since boot; what never happened has no entry."""

    counts: dict[str, int] = field(default_factory=dict)

    def heard(self, record: Record) -> None:
        """Add what the event counts."""
        event = record.event
        if not event.vm_events and type(event).counts is Event.counts:
            return
        counts = self.counts
        for name, number in event.counts():
            counts[name] = counts.get(name, 0) + number

    def get(self, name: str) -> int:
        """The value of one counter."""
        return self.counts.get(name, 0)

    def mark(self) -> dict[str, int]:
        """The counters as they are."""
        return dict(self.counts)

    def exchange(self, mark: dict[str, int]) -> dict[str, int]:
        """Set all counters; returns what they were."""
        before, self.counts = self.counts, dict(mark)
        return before
