"""Copy on write of state: what an object was before the current epoch began (decisions.md §10).

A snapshot only raises the kernel's epoch. Whoever changes an object first calls `Journal.own` (or tests the epoch
itself, on hot paths): if the object is older than the epoch, its fields are saved, once. Going back writes the saved
fields into the same objects, so that pointers between objects stay valid.
"""

from __future__ import annotations

from array import array
from copy import copy
from typing import Any

from thpsh.record import field, names_of, record

type_fields: dict[type, tuple[str, ...]] = {}


@record(eq=False)
class Versioned:
    """Base of everything that changes: the epoch in which its fields were last saved."""

    epoch: int = field(default=0, kw_only=True)


def field_names(kind: type) -> tuple[str, ...]:
    """The names of all fields of a versioned class, derived once."""
    names = type_fields.get(kind)
    if names is None:
        names = type_fields[kind] = names_of(kind)
    return names


def _kept(value: Any) -> Any:
    """A value that later changes in place cannot reach: containers are copied one level deep."""
    return copy(value) if isinstance(value, dict | list | set | array) else value


def memento(obj: Versioned) -> tuple[Any, ...]:
    """The fields of an object as they are now, in the order of `field_names`."""
    return tuple(_kept(getattr(obj, name)) for name in field_names(type(obj)))


@record
class Layer:
    """What the objects changed in one epoch were before it."""

    epoch: int
    saved: list[tuple[Versioned, tuple[Any, ...]]] = field(default_factory=list)


@record
class Journal:
    """The layers since the oldest snapshot still wanted; empty while nobody wants any."""

    epoch: int = 0
    layers: list[Layer] = field(default_factory=list)

    def own(self, obj: Versioned) -> None:
        """Save the fields of an object that is about to change, unless this epoch already did."""
        if obj.epoch != self.epoch:
            self.save(obj)

    def save(self, obj: Versioned) -> None:
        """Save the fields of an object of an older epoch."""
        if self.layers:
            self.layers[-1].saved.append((obj, memento(obj)))
        obj.epoch = self.epoch
