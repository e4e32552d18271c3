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


def put(obj: Versioned, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give an object the fields of a memento; the memento of what it had is returned."""
    before = memento(obj)
    for name, value in zip(field_names(type(obj)), saved, strict=True):
        setattr(obj, name, _kept(value))
    return before


@record
class Layer:
    """What the objects changed in one epoch were before it."""

    epoch: int
    saved: list[tuple[Versioned, tuple[Any, ...]]] = field(default_factory=list)


@record
class Journal:
    """The layer of the current epoch; none while nobody wants to go back."""

    epoch: int = 0
    layers: list[Layer] = field(default_factory=list)

    def begin(self) -> Layer:
        """A new epoch: the layer that objects go to before they change in it."""
        self.epoch += 1
        self.layers = [Layer(self.epoch)]
        return self.layers[-1]

    def own(self, obj: Versioned) -> None:
        """Save the fields of an object that is about to change, unless this epoch already did."""
        if obj.epoch != self.epoch:
            self.save(obj)

    def save(self, obj: Versioned) -> None:
        """Save the fields of an object of an older epoch."""
        if self.layers:
            self.layers[-1].saved.append((obj, memento(obj)))
        obj.epoch = self.epoch
