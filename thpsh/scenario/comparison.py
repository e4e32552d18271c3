"""Comparison of a value found with the one a scenario expects."""

from __future__ import annotations

import operator
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERED: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
OPERATORS: Final = ("==", "!=", *ORDERED, "+=", "contains", "matches")
NUMERIC: Final = (*ORDERED, "+=")

_UNITS: Final = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_QUANTITY: Final = re.compile(r"([+-]?)(0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)(?: ?(kB|B|([KMGT])(?:iB)?))?")


@record(frozen=True)
class Quantity:
    """A number as a file prints it: plain, or of bytes."""

    number: Decimal
    unit: str = ""  # "", "kB", or "B" for all sizes

    @property
    def size(self) -> Decimal:
        """In bytes, where kB was said."""
        return self.number * 1024 if self.unit == "kB" else self.number


def quantity(text: str) -> Quantity | None:
    """Read `8192`, `8192 kB`, `8M` or `0x200000`; None if it is no number."""
    match = _QUANTITY.fullmatch(normal(text))
    if match is None:
        return None
    sign, digits, unit, letter = match.groups()
    hexadecimal = digits[:2] in ("0x", "0X")
    number = Decimal(int(digits, 16)) if hexadecimal else Decimal(digits)
    if sign == "-":
        number = -number
    if letter is not None:
        return Quantity(number * (1 << _UNITS[letter]), "B")
    return Quantity(number, unit or "")


def normal(text: str) -> str:
    """Text with every run of blanks as one: what files pad, nobody types."""
    return " ".join(text.split())


def common(found: Quantity, wanted: Quantity) -> tuple[Decimal, Decimal]:
    """The two numbers in one unit: a bare number is of the unit the other is printed in."""
    if not found.unit or not wanted.unit:
        return found.number, wanted.number
    return found.size, wanted.size


def difference(found: str, base: str) -> str:
    """How much a value grew, in the unit it is printed in."""
    now, before = quantity(found), quantity(base)
    if now is None or before is None:
        raise UsageError(f"+=: expected numbers, found {found!r} and, at the mark, {base!r}")
    unit = f" {now.unit}" if now.unit else ""
    return f"{now.number - before.number}{unit}"


def holds(found: str, op: str, wanted: str) -> bool:
    """Is `found OP wanted` true? For `+=` the difference is compared with `==`."""
    if op == "contains":
        return normal(wanted) in normal(found)
    if op == "matches":
        return re.search(wanted, found, re.MULTILINE) is not None
    left, right = quantity(found), quantity(wanted)
    if op in ORDERED:
        if left is None or right is None:
            return False
        return ORDERED[op](*common(left, right))
    equal = normal(found) == normal(wanted)
    if left is not None and right is not None:
        equal = operator.eq(*common(left, right))
    return equal != (op == "!=")


def check_wanted(op: str, wanted: str) -> None:
    """UsageError if the expected value cannot be compared that way."""
    if op in NUMERIC and quantity(wanted) is None:
        raise UsageError(f"{wanted!r} after {op}: expected a number, as in 8, `8192 kB` or 2M")
    if op == "matches":
        try:
            re.compile(wanted)
        except re.error as error:
            raise UsageError(f"{wanted!r} after matches: no regular expression: {error}") from None
