"""TraceBuffer: the last 65,536 events."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from thpsh.record import field, record

if TYPE_CHECKING:
    from thpsh.trace.event import Record

SIZE: Final = 65_536

TraceMark = tuple[bool, int, tuple["Record", ...]]
"""Whether the buffer is on, the number of its last record, and the records to come after."""


@record
class TraceBuffer:
    """The newest records, oldest first; `trace off` stops only this."""

    records: deque[Record] = field(default_factory=lambda: deque(maxlen=SIZE))
    on: bool = True

    def heard(self, record: Record) -> None:
        """Keep the record while tracing is on."""
        if self.on:
            self.records.append(record)

    def clear(self) -> None:
        """Forget all records (a write to tracing/trace)."""
        self.records.clear()

    def mark(self) -> TraceMark:
        """Where the buffer ends now."""
        return self.on, self.records[-1].number if self.records else -1, ()

    def exchange(self, mark: TraceMark) -> TraceMark:
        """End at a mark and go on as it says; returns the mark that takes this back. What was pushed out stays out."""
        on, last, rest = mark
        cut = []
        while self.records and self.records[-1].number > last:
            cut.append(self.records.pop())
        self.records.extend(rest)
        self.on, on = on, self.on
        return on, last, tuple(reversed(cut))

    def find(self, number: int) -> Record | None:
        """The record of a number, unless it has left the buffer."""
        if not self.records:
            return None
        place = number - self.records[0].number
        if 0 <= place < len(self.records) and self.records[place].number == number:
            return self.records[place]
        return next((record for record in self.records if record.number == number), None)
