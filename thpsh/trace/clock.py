"""Simulated time: it moves only when told."""

from __future__ import annotations

from thpsh.record import record


@record
class Clock:
    """Nanoseconds since boot. What a command costs is `spent` at once but moves `now` only at its end."""

    now: int = 0
    spent: int = 0

    def spend(self, nanoseconds: int) -> None:
        """Add the modelled cost of an operation to the running command."""
        self.spent += nanoseconds

    @property
    def moment(self) -> int:
        """The time as an event sees it: now, plus what the running command has spent so far."""
        return self.now + self.spent
