"""Built-in functions of awk that need nothing but their arguments."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from thpsh.errors import UsageError
from thpsh.line.awk.values import Input, Value, formatted, number, text, whole
from thpsh.line.filters.regex import compiled

if TYPE_CHECKING:
    import re
    from collections.abc import Callable


@lru_cache(maxsize=256)
def pattern_of(source: str) -> re.Pattern[str]:
    """A pattern ready to search with."""
    return compiled(source, extended=True)


def _rounded(value: Value) -> int:
    found = number(value)
    return round(found) if math.isfinite(found) else whole(value)


def _truncated(arguments: list[Value]) -> Value:
    found = number(arguments[0])
    return float(math.trunc(found)) if math.isfinite(found) else found


def _substr(arguments: list[Value]) -> Value:
    string, start = text(arguments[0]), _rounded(arguments[1])
    end = start + _rounded(arguments[2]) if len(arguments) > 2 else len(string) + 1
    return string[max(start, 1) - 1 : max(end, 1) - 1]


def _sqrt(arguments: list[Value]) -> Value:
    value = number(arguments[0])
    if value < 0:
        raise UsageError(f"sqrt: {text(value)}: expected no negative number")
    return math.sqrt(value)


def strtonum(word: str) -> float:
    """The number that a word stands for, in hexadecimal too."""
    if word[:2].lower() == "0x":
        try:
            return float(int(word, 16))
        except ValueError:
            return 0.0
        except OverflowError:
            return math.inf
    return number(word)


def split(string: str, separator: str) -> list[Value]:
    """The parts of a string: at blanks for " ", at one character, or at a pattern."""
    if not string:
        return []
    if separator == " ":
        return [Input(part) for part in string.split()]
    if len(separator) == 1:
        return [Input(part) for part in string.split(separator)]
    return (
        [Input(part or "") for part in pattern_of(separator).split(string)] if separator else [Input(c) for c in string]
    )


PLAIN: dict[str, Callable[[list[Value]], Value]] = {
    "substr": _substr,
    "index": lambda a: float(text(a[0]).find(text(a[1])) + 1),
    "toupper": lambda a: text(a[0]).upper(),
    "tolower": lambda a: text(a[0]).lower(),
    "int": _truncated,
    "sprintf": lambda a: formatted(text(a[0]), a[1:]),
    "sqrt": _sqrt,
    "strtonum": lambda a: strtonum(text(a[0]).strip()),
}
