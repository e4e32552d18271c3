"""TraceBus: the one way to announce something."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from thpsh.record import field, record
from thpsh.trace.event import Event, Record
from thpsh.trace.events.stall import Stalled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.trace.clock import Clock

_record: Final = tuple.__new__  # a third of what the class itself asks for a record: there is one for every event


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
        causes = self.causes
        record = _record(Record, (self.number, clock.now + clock.spent, event, causes[-1] if causes else None))
        self.number += 1
        for subscriber in self.subscribers:
            subscriber.heard(record)
        for subscriber in self.by_kind.get(type(event).__name__, ()):
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
