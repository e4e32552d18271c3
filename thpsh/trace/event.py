"""Event: the base of everything announced, and the record of one announcement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from thpsh.record import names_of, record

if TYPE_CHECKING:
    from collections.abc import Iterable

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@record(frozen=True)
class Event:
    """Something that happened; a subclass says what, and which vm events it counts.

    An event of a range carries its length in `count`: one event, never one per page.
    """

    vm_events: ClassVar[tuple[str, ...]] = ()
    stall: ClassVar[str] = ""  # the work that whoever caused it waits for, as `latency` names it

    @classmethod
    def tracepoint(cls) -> str:
        """Its name: that of the tracepoint, kernel function or vm event it stands for."""
        return _CAPITAL.sub("_", cls.__name__).lower()

    def counts(self) -> Iterable[tuple[str, int]]:
        """The vm events it adds to, and how much."""
        number = getattr(self, "count") if "count" in self.__match_args__ else 1  # noqa: B009 - not every event has it
        return [(name, number) for name in self.vm_events]

    def values(self) -> dict[str, object]:
        """Its fields by name, for printing."""
        return {name: getattr(self, name) for name in names_of(type(self))}


class Record(NamedTuple):
    """An event with its time, its place in the order of all events, and the event that caused it."""

    number: int
    time: int  # nanoseconds since boot
    event: Event
    cause: int | None  # number of the parent's record
