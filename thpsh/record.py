"""Records: slotted classes whose `__init__` follows their annotations.

They are what ``dataclasses.dataclass(slots=True)`` makes, at a tenth of its price at start-up: a hundred dataclasses
and the import of ``dataclasses`` take 50 ms, more than all the rest of ``thpsh -c 'cat /proc/meminfo'``. The functions
of ``dataclasses`` (fields, replace, asdict) work on records; what they need is made when they first ask.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_MISSING: Final = object()
_FEW: Final = 2  # records of a kind that are filled without a compiled `__init__`


class Field(NamedTuple):
    """One field of a record."""

    name: str
    default: Any = _MISSING
    factory: Any = _MISSING
    init: bool = True
    kw_only: bool = False


def field(*, default: Any = _MISSING, default_factory: Any = _MISSING, init: bool = True, kw_only: bool = False) -> Any:
    """A field with a default made anew for each record, or not set by `__init__`, or set by name only."""
    return Field("", default, default_factory, init, kw_only)


@overload
def record(cls: type[T], /) -> type[T]: ...


@overload
def record(
    *, frozen: bool = False, eq: bool = True, order: bool = False, kw_only: bool = False
) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(field_specifiers=(field,))
def record(
    cls: type[Any] | None = None,
    /,
    *,
    frozen: bool = False,
    eq: bool = True,
    order: bool = False,
    kw_only: bool = False,
) -> Any:
    """Make a class a record: frozen ones refuse changes and can be dict keys, `eq` compares by value."""

    def make(plain: type[Any]) -> type[Any]:
        return _make(plain, {"frozen": frozen, "eq": eq, "order": order, "kw_only": kw_only})

    return make if cls is None else make(cls)


def _make(plain: type[Any], how: dict[str, bool]) -> type[Any]:
    own = _own_fields(plain, kw_only=how["kw_only"])
    inherited = [each for base in plain.__mro__[:0:-1] for each in base.__dict__.get("__record_fields__", ())]
    merged = {each.name: each for each in (*inherited, *own)}
    fields = tuple(merged.values())
    hidden = {each.name for each in own} | {"__dict__", "__weakref__"}
    body = {name: value for name, value in plain.__dict__.items() if name not in hidden}
    known = {each.name for base in plain.__mro__[1:] for each in base.__dict__.get("__record_own__", ())}
    body["__slots__"] = tuple(each.name for each in own if each.name not in known)
    body["__record_own__"], body["__record_fields__"] = own, fields
    body["__match_args__"] = tuple(each.name for each in fields if each.init and not each.kw_only)
    body["__dataclass_fields__"], body["__dataclass_params__"] = _LazyFields(), _LazyParams(how)
    body["__init__"] = _first_init(fields, frozen=how["frozen"])
    _add_methods(body, tuple(each.name for each in fields), how)
    kind: Any = type(plain)
    made: type[Any] = kind(plain.__name__, plain.__bases__, body)
    return made


def _own_fields(plain: type[Any], *, kw_only: bool) -> tuple[Field, ...]:
    found = []
    for name, annotation in plain.__annotations__.items():
        if str(annotation).removeprefix("typing.").startswith("ClassVar"):
            continue
        value = plain.__dict__.get(name, _MISSING)
        each = value if isinstance(value, Field) else Field(name, value)
        found.append(Field(name, each.default, each.factory, each.init, kw_only or each.kw_only))
    return tuple(found)


def _first_init(fields: tuple[Field, ...], *, frozen: bool) -> Any:
    """An `__init__` for the first records of a kind, which compiles the real one when more of them are made.

    Compiling takes as long as filling a dozen records field by field, and of most kinds a short run makes one.
    """
    made = 0

    def first(self: Any, *args: Any, **named: Any) -> None:
        nonlocal made
        made += 1
        if made <= _FEW and _filled(self, fields, args, named):
            return
        kind = next(kind for kind in type(self).__mro__ if kind.__dict__.get("__init__") is first)
        real = _init(kind, fields, frozen=frozen)
        type.__setattr__(kind, "__init__", real)
        real(self, *args, **named)

    return first


def _filled(obj: Any, fields: tuple[Field, ...], args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Fill a record as its `__init__` would; False, and nothing done, where that has to refuse the arguments."""
    places = [each.name for each in fields if each.init and not each.kw_only]
    given = dict(zip(places, args, strict=False))
    if len(args) > len(places) or not given.keys().isdisjoint(named):
        return False
    given.update(named)
    values = {}
    for each in fields:
        if each.init and each.name in given:
            values[each.name] = given.pop(each.name)
        elif each.factory is not _MISSING:
            values[each.name] = each.factory()
        elif each.default is not _MISSING:
            values[each.name] = each.default
        elif each.init:
            return False
    if given:
        return False
    for name, value in values.items():
        object.__setattr__(obj, name, value)
    if hasattr(obj, "__post_init__"):
        obj.__post_init__()
    return True


def _init(kind: type[Any], fields: tuple[Field, ...], *, frozen: bool) -> Any:
    """The function `__init__`, compiled once for each class.

    Frozen records are filled through the descriptors of their slots: half the price of `object.__setattr__`.
    """
    names: dict[str, Any] = {"_missing": _MISSING}
    head, by_name, body = ["self"], ["*"], []
    for each in fields:
        value = each.name
        if each.init:
            parameter = each.name
            if each.factory is not _MISSING:
                names[f"_new_{each.name}"] = each.factory
                parameter += "=_missing"
                value = f"_new_{each.name}() if {each.name} is _missing else {each.name}"
            elif each.default is not _MISSING:
                names[f"_default_{each.name}"] = each.default
                parameter += f"=_default_{each.name}"
            (by_name if each.kw_only else head).append(parameter)
        elif each.default is _MISSING:
            continue
        else:
            names[f"_default_{each.name}"] = each.default
            value = f"_default_{each.name}"
        if frozen:
            names[f"_set_{each.name}"] = getattr(kind, each.name).__set__
        body.append(f"_set_{each.name}(self, {value})" if frozen else f"self.{each.name} = {value}")
    if hasattr(kind, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join(head + (by_name if len(by_name) > 1 else []))
    exec(f"def __init__({parameters}):\n " + "\n ".join(body or ["pass"]), names)  # noqa: S102 - names of fields only
    return names["__init__"]


def _add_methods(body: dict[str, Any], names: tuple[str, ...], how: dict[str, bool]) -> None:
    """Printing, comparing, hashing and refusing changes, as the kind of record wants it."""
    values = _values(names)

    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    if how["eq"]:
        body.setdefault("__repr__", shown)  # those that are not values point at each other: printing one prints all
    if how["eq"] and "__eq__" not in body:
        body["__eq__"] = lambda self, other: (
            values(self) == values(other) if type(self) is type(other) else NotImplemented
        )
        body["__hash__"] = (lambda self: hash(values(self))) if how["frozen"] else None
    if how["order"]:
        body["__lt__"] = lambda self, other: values(self) < values(other)
        body["__le__"] = lambda self, other: values(self) <= values(other)
        body["__gt__"] = lambda self, other: values(self) > values(other)
        body["__ge__"] = lambda self, other: values(self) >= values(other)
    if how["frozen"]:
        body["__setattr__"] = body["__delattr__"] = _refuse


def _values(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """All fields of a record as something that can be compared."""
    return attrgetter(*names) if names else lambda _self: ()


def _refuse(self: Any, name: str, *_value: Any) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot change")


def names_of(kind: type[Any]) -> tuple[str, ...]:
    """The names of the fields of a record class."""
    return tuple(each.name for each in kind.__record_fields__)


def replace(obj: T, **changes: Any) -> T:
    """A copy of a record with some fields changed."""
    kind: Any = type(obj)
    given = {each.name: getattr(obj, each.name) for each in kind.__record_fields__ if each.init}
    made: T = kind(**{**given, **changes})
    return made


class _LazyFields:
    """`__dataclass_fields__`, made for the functions of dataclasses when they ask."""

    def __get__(self, _obj: Any, kind: Any) -> dict[str, Any]:
        import dataclasses

        unset = dataclasses.MISSING
        found = {}
        for each in kind.__record_fields__:
            default, factory = (unset if value is _MISSING else value for value in (each.default, each.factory))
            make: Any = dataclasses.field
            made = make(default=default, default_factory=factory, init=each.init)
            made.name, made.type, made.kw_only = each.name, "object", each.kw_only
            made._field_type = dataclasses._FIELD  # type: ignore[attr-defined]  # noqa: SLF001 - its mark of a field
            found[each.name] = made
        return found


class _LazyParams:
    """`__dataclass_params__`: what a dataclass that inherits from a record asks."""

    def __init__(self, how: dict[str, bool]) -> None:
        self.frozen = how["frozen"]
        self.eq = how["eq"]
        self.order = how["order"]
