"""A graph of records as plain lists, and back: how a machine is written to a file.

Every object that can be reached becomes one node, so that what was one object stays one. A value is a number, a string,
a truth value or None as itself, anything else the number of its node in a list of length one. Only records, named
tuples and enumerations of the rooms that hold state can be made from such a list, and nothing is ever run.
"""

from __future__ import annotations

import importlib
from array import array
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import ModelBug
from thpsh.record import names_of, record

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOMS: Final = ("structs", "trace", "observe", "machine", "boot", "releases")
_PLAIN: Final = (bool, int, float, str, type(None))

Nodes = list[list[Any]]


class DamagedError(ValueError):
    """A list that no graph was ever written as."""


class OtherFieldsError(ValueError):
    """A list that another version of the program wrote: its records have other fields."""


def encode(root: Any) -> dict[str, Any]:
    """The graph below a record: its classes with their fields, and its nodes, the first of which is the root."""
    writer = _Writer([], {}, {}, [])
    writer.value(root)
    for number, obj in enumerate(writer.waiting):  # grows while it is walked
        writer.nodes[number] = writer.node(obj)
    return {"classes": [[name, *fields] for name, (_, fields) in writer.classes.items()], "nodes": writer.nodes}


@record
class _Writer:
    nodes: Nodes
    numbers: dict[int, int]  # id of an object -> its node
    classes: dict[str, tuple[int, tuple[str, ...]]]  # by name, its number and its fields
    waiting: list[Any]  # the objects themselves: they must live, or their ids would be used again

    def value(self, obj: Any) -> Any:
        """A value where another node mentions it."""
        if type(obj) in _PLAIN:
            return obj
        number = self.numbers.get(id(obj))
        if number is None:
            number = self.numbers[id(obj)] = len(self.waiting)
            self.waiting.append(obj)
            self.nodes.append([])
        return [number]

    def node(self, obj: Any) -> list[Any]:
        """A value that has parts."""
        kind, value = type(obj), self.value
        if kind is dict:
            return ["dict", *(value(part) for pair in obj.items() for part in pair)]
        if kind in (list, tuple):
            return [kind.__name__, *map(value, obj)]
        if kind in (set, frozenset):
            return [kind.__name__, *map(value, sorted(obj))]
        if kind is array:
            return ["array", obj.typecode, *obj]
        if kind is deque:
            return ["deque", obj.maxlen, *map(value, obj)]
        if isinstance(obj, Enum):
            return ["enum", self._class(kind), value(obj.value)]
        if hasattr(kind, "__record_fields__"):
            return ["record", self._class(kind), *(value(getattr(obj, name)) for name in names_of(kind))]
        if hasattr(kind, "_fields"):
            return ["named", self._class(kind), *map(value, obj)]
        raise ModelBug(f"{kind.__module__}.{kind.__qualname__} in the state cannot be saved")

    def _class(self, kind: type) -> int:
        name = f"{kind.__module__}.{kind.__qualname__}"
        return self.classes.setdefault(name, (len(self.classes), _fields(kind)))[0]


def _fields(kind: type) -> tuple[str, ...]:
    """The names of what a node of a class holds, in order; an enumeration has none."""
    return names_of(kind) if hasattr(kind, "__record_fields__") else getattr(kind, "_fields", ())


def decode(data: dict[str, Any]) -> Any:
    """The root of a graph that `encode` wrote; DamagedError if it cannot be one, OtherFieldsError names a class."""
    try:
        return _Reader([_find(*words) for words in data["classes"]], data["nodes"]).root()
    except OtherFieldsError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from None


def _find(name: str, *fields: str) -> type[Any]:
    """The class of a name, if it is a record or an enumeration of a room that holds state, and has these fields."""
    module, _, qualified = name.rpartition(".")
    if not module.startswith("thpsh.") or module.split(".")[1] not in _ROOMS:
        raise DamagedError(f"{name}: not a part of a machine")
    found = getattr(importlib.import_module(module), qualified)
    known = hasattr(found, "__record_fields__") or hasattr(found, "_fields")
    if not isinstance(found, type) or not (known or issubclass(found, Enum)):
        raise DamagedError(f"{name}: not a part of a machine")
    if fields != _fields(found):
        raise OtherFieldsError(qualified)
    return found


class _Reader:
    """Makes all objects empty, then fills records, then the containers whose keys may be records."""

    def __init__(self, classes: list[type[Any]], nodes: Nodes) -> None:
        self.classes = classes
        self.nodes = nodes
        self.made: list[Any] = [self._empty(node) for node in nodes]

    def root(self) -> Any:
        """Fill everything; the first object is returned."""
        for kinds in (("record",), ("list", "deque", "set", "dict")):
            for number, node in enumerate(self.nodes):
                if node[0] in kinds:
                    _FILL[node[0]](self, self.made[number], node)
        return self.value([0])

    def _empty(self, node: list[Any]) -> Any:
        kind = node[0]
        if kind == "record":
            return object.__new__(self.classes[node[1]])
        if kind == "array":
            return array(node[1], node[2:])
        if kind == "deque":
            return deque(maxlen=node[1])
        made: dict[str, Callable[[], Any]] = {"dict": dict, "list": list, "set": set}
        return made[kind]() if kind in made else None

    def value(self, word: Any) -> Any:
        """What a word stands for; tuples and the like are made when first asked for."""
        if not isinstance(word, list):
            return word
        number = word[0]
        if self.made[number] is None:
            node = self.nodes[number]
            if node[0] == "enum":
                self.made[number] = self.classes[node[1]](self.value(node[2]))
            elif node[0] == "named":
                self.made[number] = self.classes[node[1]](*(self.value(part) for part in node[2:]))
            else:
                kind = {"tuple": tuple, "frozenset": frozenset}[node[0]]
                self.made[number] = kind(self.value(part) for part in node[1:])
        return self.made[number]

    def fill_record(self, obj: Any, node: list[Any]) -> None:
        """Set the fields of a record, frozen or not."""
        for name, word in zip(names_of(type(obj)), node[2:], strict=True):
            object.__setattr__(obj, name, self.value(word))

    def fill_list(self, obj: Any, node: list[Any]) -> None:
        """Append the parts of a list."""
        obj.extend(self.value(part) for part in node[1:])

    def fill_deque(self, obj: Any, node: list[Any]) -> None:
        """Append the parts of a deque, whose length stands before them."""
        obj.extend(self.value(part) for part in node[2:])

    def fill_set(self, obj: Any, node: list[Any]) -> None:
        """Add the members of a set."""
        obj.update(self.value(part) for part in node[1:])

    def fill_dict(self, obj: Any, node: list[Any]) -> None:
        """Set keys and values, in their order."""
        parts = iter(node[1:])
        obj.update((self.value(key), self.value(value)) for key, value in zip(parts, parts, strict=True))


_FILL: Final[dict[str, Callable[[_Reader, Any, list[Any]], None]]] = {
    "record": _Reader.fill_record,
    "list": _Reader.fill_list,
    "deque": _Reader.fill_deque,
    "set": _Reader.fill_set,
    "dict": _Reader.fill_dict,
}
