"""Whoever changes an object announces it first: the same random operations, the journal compared with what changed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from tests.properties.test_operations import Operations
from thpsh.structs.versioned import Layer, Versioned, field_names, memento


def versioned_objects(root: Any) -> list[Versioned]:
    """Every versioned object that can be reached."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, int | str | float | bytes | type(None)):
            continue
        seen[id(found)] = found
        if isinstance(found, dict):
            waiting += [*found.keys(), *found.values()]
        elif isinstance(found, list | tuple | set):
            waiting += found
        elif is_dataclass(found) and not isinstance(found, type):
            waiting += [getattr(found, field.name) for field in fields(found)]
    return [found for found in seen.values() if isinstance(found, Versioned)]


def changed(obj: Versioned, before: tuple[Any, ...], after: tuple[Any, ...]) -> list[str]:
    """The fields that differ, the epoch aside."""
    names = zip(field_names(type(obj)), before, after, strict=True)
    return [name for name, a, b in names if a is not b and a != b and name != "epoch"]


class Announced(Operations):
    """Begins a new epoch after each operation."""

    @invariant()
    def every_change_was_announced(self) -> None:
        if not hasattr(self, "kernel"):
            return
        journal = self.kernel.journal
        saved = {id(obj): fields for obj, fields in journal.layers[-1].saved} if journal.layers else {}
        for obj, before in getattr(self, "before", []):
            names = changed(obj, before, memento(obj))
            if names:
                assert id(obj) in saved, f"{type(obj).__name__}: {names} changed without own()"
                assert not changed(obj, before, saved[id(obj)]), f"{type(obj).__name__}: {names} changed before own()"
        journal.epoch += 1
        journal.layers = [Layer(journal.epoch)]
        self.before = [(obj, memento(obj)) for obj in versioned_objects(self.kernel)]


TestAnnounced = Announced.TestCase
TestAnnounced.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
