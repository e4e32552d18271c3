"""Values of awk: numbers, strings, and strings from input that look like numbers."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_LEADING: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?))")
_WHOLE: Final = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_FORMAT: Final = re.compile(r"%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z%])")
_LARGEST: Final = 1e30
_WIDEST: Final = 10_000
_ENDLESS: Final = (1 << 63) - 1


class Input(str):
    """A string that came from outside: compared as a number where it looks like one."""

    __slots__ = ()


Value = float | str


def number(value: Value) -> float:
    """The number that a value stands for: that at its beginning, or 0."""
    if isinstance(value, float):
        return value
    found = _LEADING.match(value)
    return float(found[1]) if found else 0.0


def text(value: Value) -> str:
    """A value as a string; whole numbers without a point, others in %.6g."""
    if isinstance(value, float):
        if value == value and abs(value) < _LARGEST and value == int(value):
            return str(int(value))
        return f"{value:.6g}"
    return str(value)


def true(value: Value) -> bool:
    """Is a value true: a number other than 0, a string that is not empty?"""
    if isinstance(value, Input) and _WHOLE.fullmatch(value):
        return float(value) != 0
    return bool(value)


def compare(left: Value, right: Value) -> int:
    """Less than 0, 0, or more: as numbers if both look like numbers, else as strings."""
    if _numeric(left) and _numeric(right):
        a, b = number(left), number(right)
        return (a > b) - (a < b)
    first, second = text(left), text(right)
    return (first > second) - (first < second)


def _numeric(value: Value) -> bool:
    return isinstance(value, float) or (isinstance(value, Input) and (not value or _WHOLE.fullmatch(value) is not None))


def formatted(pattern: str, arguments: list[Value]) -> str:
    """What printf prints."""
    rest = iter(arguments)

    def one(found: re.Match[str]) -> str:
        flags, width, precision, letter = found.groups()
        if letter == "%":
            return "%"
        width = str(whole(next(rest, 0.0))) if width == "*" else width or ""
        precision = str(whole(next(rest, 0.0))) if precision == "*" else precision
        if precision is not None and precision.startswith("-"):
            precision = None  # as if there were none, says C
        if len(width) > 4 or len(precision or "") > 4:
            raise UsageError(f"printf: {found[0]}: expected a width of at most {_WIDEST - 1}")
        spec = f"%{flags}{width}" + (f".{precision}" if precision is not None else "")
        return _convert(spec, letter, next(rest, None))

    return _FORMAT.sub(one, pattern)


def arguments_of(pattern: str) -> int:
    """How many arguments printf takes for a format once: a `*` takes one of its own."""
    return sum(
        1 + (width == "*") + (precision == "*")
        for _, width, precision, letter in _FORMAT.findall(pattern)
        if letter != "%"
    )


def _convert(spec: str, letter: str, value: Value | None) -> str:
    if letter in "di":
        return (spec + "d") % whole(value)
    if letter in "oxXu":
        return (spec + ("d" if letter == "u" else letter)) % whole(value)
    if letter in "feEgG":
        return (spec + letter) % number(value if value is not None else "")
    if letter == "c":
        return (spec + "s") % _char(value)
    if letter == "s":
        return (spec + "s") % text(value if value is not None else "")
    raise UsageError(f"printf: %{letter}: not a conversion")


def whole(value: Value | None) -> int:
    """A value without its fraction; what is no number is 0, what has no end is 2**63 - 1 or its negative."""
    found = number(value if value is not None else "")
    if found != found:
        return 0
    return int(found) if abs(found) != math.inf else int(math.copysign(1, found)) * _ENDLESS


def _char(value: Value | None) -> str:
    if isinstance(value, float):
        return chr(int(value)) if 0 <= value < 0x110000 else ""
    return value[:1] if value else ""


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """The result of + - * / % ^ on two values as numbers."""
    a, b = number(left), number(right)
    try:
        return _ARITHMETIC[operator](a, b)
    except (ZeroDivisionError, ValueError):
        raise UsageError(f"division by zero in {text(a)} {operator} {text(b)}") from None
    except OverflowError:
        return math.inf


_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "^": math.pow,
}
_ORDER: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def operate(operator: str, left: Value, right: Value) -> Value:
    """Concatenation (a blank), comparison or arithmetic of two values."""
    if operator == " ":
        return text(left) + text(right)
    if operator in _ORDER:
        return float(_ORDER[operator](compare(left, right)))
    return arithmetic(operator, left, right)
