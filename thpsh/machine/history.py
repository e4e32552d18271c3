"""History: the steps of a session, undone and done again; snapshots as places among them (decisions.md §10).

A step keeps what each object it changed was before. Undoing exchanges that with what the objects are, so that the same
step, undone, is the one to do again. Nothing is replayed and nothing copied that did not change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.record import field, record
from thpsh.structs.versioned import put

if TYPE_CHECKING:
    from thpsh.machine import Machine
    from thpsh.structs.versioned import Layer, Versioned

Host = tuple["Machine", Any]
"""A machine to act on, and what it was booted from."""

DEPTH: Final = 200  # steps that can be undone, and as many more as snapshots need


@record(eq=False)
class Part:
    """How objects and observers of one machine were at one time."""

    machine: Machine
    saved: list[tuple[Versioned, tuple[Any, ...]]]
    marks: tuple[Any, ...]

    def exchange(self) -> Part:
        """Make them so again; returns the part that takes this back."""
        before = [(obj, put(obj, saved)) for obj, saved in self.saved]
        return Part(self.machine, before, self.machine.exchange(self.marks))


@record(eq=False)
class Step:
    """What was typed, and the way back (or, once undone, forth)."""

    line: str
    host: Host  # to act on afterwards: a machine and what it was booted from
    parts: list[Part]
    undone: bool = False

    def exchange(self, host: Host) -> Host:
        """Go back (or forth) from a host to the one that is returned."""
        self.parts = [part.exchange() for part in reversed(self.parts)]
        self.host, host = host, self.host
        return host


@record(eq=False)
class Snapshot:
    """A place in the history that has a name."""

    name: str
    after: Step | None  # the last step before it
    time: int  # nanoseconds since boot
    marks: tuple[Any, ...]  # of the observers
    facts: dict[str, int | str] = field(default_factory=dict)  # what `snapshot diff` compares


@record(eq=False)
class _Open:
    """The step that is under way."""

    line: str
    host: Host
    layer: Layer
    marks: tuple[Any, ...]
    acted: bool = False  # passing time alone is a change


@record(eq=False)
class History:
    """All steps so far, oldest first, those undone, and the snapshots by name."""

    steps: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)  # the next to do again is the last
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    open: _Open | None = None

    def begin(self, line: str, host: Host) -> None:
        """A line is about to be run on a host."""
        machine = host[0]
        self.open = _Open(line, host, machine.kernel.journal.begin(), machine.marks())

    def act(self) -> None:
        """The line runs a command for which passing time is a change."""
        if self.open is not None:
            self.open.acted = True

    def end(self, host: Host) -> bool:
        """The line was run; it is a step (True) if it changed the host, or did something that took time."""
        was, self.open = self.open, None
        if was is None:
            return False
        machine = was.host[0]
        later = was.acted and machine.kernel.clock.now != was.marks[0][0]
        if was.layer.saved or later or host[0] is not machine:
            self._add(Step(was.line, was.host, [Part(machine, was.layer.saved, was.marks)]), host)
            return True
        return False

    def _add(self, step: Step, host: Host) -> None:
        if any(snapshot.after in self.undone for snapshot in self.snapshots.values()):
            self._keep_undone(step, host)
        else:
            self.steps.append(step)
        self.undone.clear()
        self._forget()

    def _forget(self) -> None:
        """Drop the oldest steps that are too many, as far as no snapshot needs them."""
        places = self.snapshots.values()
        while len(self.steps) > DEPTH and all(snapshot.after is not None for snapshot in places):
            oldest = self.steps.pop(0)
            for snapshot in places:
                if snapshot.after is oldest:
                    snapshot.after = None

    def _keep_undone(self, step: Step, host: Host) -> None:
        """A step was made where undone ones, ahead of it, hold snapshots: they become a detour before it."""
        host = step.exchange(host)
        place = len(self.steps)
        for each in reversed(self.undone):
            host = each.exchange(host)
            self.steps.append(each)
        host = self._go_back(place, f"undo {len(self.undone)}", host)
        step.exchange(host)
        self.steps.append(step)

    def cut(self, host: Host) -> None:
        """What the line has done so far is a step of its own; the rest will be another."""
        if self.open is not None:
            line = self.open.line
            self.end(host)
            self.begin(line, host)

    def undo(self, host: Host) -> tuple[str, Host] | None:
        """Take the last step back: (what it was, the host afterwards), or None if there is none."""
        return self._move(self.steps, self.undone, host)

    def redo(self, host: Host) -> tuple[str, Host] | None:
        """Do the step again that was last undone."""
        return self._move(self.undone, self.steps, host)

    def cancel(self, host: Host) -> Host:
        """Take the last step back for good: it was cut off halfway."""
        self.steps[-1].undone = True
        return self.steps.pop().exchange(host)

    def _move(self, source: list[Step], target: list[Step], host: Host) -> tuple[str, Host] | None:
        self.cut(host)
        if not source:
            return None
        step = source.pop()
        step.undone = not step.undone
        host = step.exchange(host)
        target.append(step)
        self._go_on(host)
        return step.line, host

    def _go_on(self, host: Host) -> None:
        """The rest of the line acts on a host that was exchanged."""
        if self.open is not None:
            self.begin(self.open.line, host)

    def snapshot(self, name: str, host: Host, facts: dict[str, int | str]) -> Snapshot:
        """Give the present place a name; an older snapshot of that name is forgotten."""
        self.cut(host)
        machine = host[0]
        after = self.steps[-1] if self.steps else None
        self.snapshots[name] = Snapshot(name, after, machine.kernel.clock.now, machine.marks(), facts)
        return self.snapshots[name]

    def restore(self, name: str, host: Host) -> Host:
        """Go to a snapshot, as a step that can be undone itself; returns the host there."""
        self.cut(host)
        while self.undone:  # the way leads through what was undone, so that nothing is lost
            moved = self.redo(host)
            host = moved[1] if moved else host
        snapshot = self.snapshots[name]
        place = 0 if snapshot.after is None else self.steps.index(snapshot.after) + 1
        target = self._go_back(place, f"snapshot restore {name}", host)
        self.steps[-1].parts.append(Part(target[0], [], snapshot.marks).exchange())
        self._go_on(target)
        return target

    def _go_back(self, place: int, line: str, host: Host) -> Host:
        """Take back all steps after a place, as one new step; they stay in the history."""
        parts, target = [], host
        for step in reversed(self.steps[place:]):
            parts += [part.exchange() for part in reversed(step.parts)]
            target = step.host
        self.steps.append(Step(line, host, parts))
        return target
