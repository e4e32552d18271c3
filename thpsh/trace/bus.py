"""TraceBus: the one way to announce something."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from thpsh.record import field, record
from thpsh.trace.event import Event, Record
from thpsh.trace.events.stall import Stalled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.trace.clock import Clock


class Subscriber(Protocol):
    """Who wants to hear of events: counters, dmesg, trace buffer, timeline."""

    def heard(self, record: Record, /) -> None:
        """Take note of one event; O(1)."""


@record
class TraceBus:
    """Hands every event to those who want it, with its time and cause."""

    clock: Clock
    subscribers: list[Subscriber] = field(default_factory=list)  # to all events
    number: int = 0  # of the next record
    causes: list[int] = field(default_factory=list)
    by_kind: dict[str, list[Subscriber]] = field(default_factory=dict)  # to some: by the class of the event

    def subscribe(self, subscriber: Subscriber, *kinds: type[Event]) -> None:
        """Tell somebody of all events from now on, or only of those of some classes."""
        if not kinds:
            self.subscribers.append(subscriber)
        for kind in kinds:
            self.by_kind.setdefault(kind.__name__, []).append(subscriber)

    def emit(self, event: Event) -> Record:
        """Announce an event."""
        clock = self.clock
        record = Record(self.number, clock.now + clock.spent, event, self.causes[-1] if self.causes else None)
        self.number += 1
        for subscriber in self.subscribers:
            subscriber.heard(record)
        name = event.__class__.__name__
        if name in self.by_kind:
            for subscriber in self.by_kind[name]:
                subscriber.heard(record)
        return record

    @contextmanager
    def cause(self, event: Event) -> Iterator[Record]:
        """Announce an event and make it the parent of all that is announced inside.

        If it is work that somebody waits for, its end is announced, too.
        """
        record = self.emit(event)
        self.causes.append(record.number)
        try:
            yield record
        finally:
            self.causes.pop()
            if event.stall:
                self.emit(Stalled(event.stall, self.clock.moment - record.time))
