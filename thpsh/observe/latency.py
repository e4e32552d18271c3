"""Latency: how long page faults took, by kind, and what for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import field, record
from thpsh.trace.events.fault import AccessLoop, FaultKind, PageFault
from thpsh.trace.events.stall import Stalled

if TYPE_CHECKING:
    from thpsh.trace.event import Record

PARTS: Final = ("clear", "copy", "read", "compaction", "reclaim")
_PERCENT: Final = 100


@record
class Distribution:
    """The faults of one kind: how many took how long, and the nanoseconds they spent on each kind of work."""

    times: dict[int, int] = field(default_factory=dict)  # nanoseconds -> faults
    parts: dict[str, int] = field(default_factory=dict)

    def add(self, nanoseconds: int, count: int) -> None:
        """Count faults that took equally long."""
        if count:
            self.times[nanoseconds] = self.times.get(nanoseconds, 0) + count

    def spend(self, part: str, nanoseconds: int) -> None:
        """Account time to a kind of work."""
        if part and nanoseconds:
            self.parts[part] = self.parts.get(part, 0) + nanoseconds

    @property
    def count(self) -> int:
        """How many faults there were."""
        return sum(self.times.values())

    @property
    def total(self) -> int:
        """Nanoseconds of all of them."""
        return sum(time * count for time, count in self.times.items())

    def percentile(self, percent: int) -> int:
        """The time within which so many of a hundred faults were done."""
        rank = -(-self.count * percent // _PERCENT)
        for time in sorted(self.times):
            rank -= self.times[time]
            if rank <= 0:
                return time
        return 0


@record
class Latency:
    """The distributions by kind of fault since boot, or since the last reset.

    What a fault had to wait for is announced before the fault itself, with the same cause: of a range of faults, each
    such stall hit one.
    """

    fault_cost: int  # of a fault that has nothing else to do
    kinds: dict[FaultKind, Distribution] = field(default_factory=dict)
    stalls: list[Stalled] = field(default_factory=list)  # not yet seen the fault they belong to
    cause: int | None = None  # of the stalls
    loops: dict[int, AccessLoop] = field(default_factory=dict)  # the last of each process

    def heard(self, record: Record) -> None:
        """Take note of faults and of what they waited for."""
        event = record.event
        if isinstance(event, PageFault):
            self._fault(event, self.stalls if record.cause == self.cause else [])
            self.stalls = []
        elif isinstance(event, Stalled):
            if record.cause != self.cause:
                self.stalls, self.cause = [], record.cause
            self.stalls.append(event)
        elif isinstance(event, AccessLoop):
            self.loops[event.pid] = event

    def _fault(self, event: PageFault, stalls: list[Stalled]) -> None:
        found = self.kinds.setdefault(event.kind, Distribution())
        found.spend(event.kind.work, max(0, event.nanoseconds - self.fault_cost) * event.count)
        waits = [0] * min(len(stalls), event.count)
        for place, stall in enumerate(stalls):
            waits[place % len(waits)] += stall.nanoseconds
            found.spend(stall.work, stall.nanoseconds)
        for wait in waits:
            found.add(event.nanoseconds + wait, 1)
        found.add(event.nanoseconds, event.count - len(waits))

    def reset(self) -> None:
        """Forget what was measured."""
        self.kinds.clear()
        self.stalls.clear()
        self.loops.clear()

    def mark(self) -> Latency:
        """A copy of what was measured so far."""
        kinds = {kind: Distribution(dict(each.times), dict(each.parts)) for kind, each in self.kinds.items()}
        return Latency(self.fault_cost, kinds, list(self.stalls), self.cause, dict(self.loops))

    def exchange(self, mark: Latency) -> Latency:
        """Take over what a copy says; returns one of what was measured."""
        before, after = self.mark(), mark.mark()
        self.kinds, self.stalls, self.cause, self.loops = after.kinds, after.stalls, after.cause, after.loops
        return before
