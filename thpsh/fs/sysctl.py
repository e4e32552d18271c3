"""How /proc/sys reads and prints numbers (kernel/sysctl.c: proc_dointvec_minmax, proc_doulongvec_minmax)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Callable

_BLANKS: Final = " \t\n\v\f\r"
_BETWEEN: Final = " \t\n"
_NUMBER: Final = re.compile(r"(-(?=.))?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", re.DOTALL)
_LONGEST: Final = 20  # characters of one number
_BUFFER: Final = 4095
_INT: Final = 1 << 32
_ULONG: Final = 1 << 64


@record
class Vector:
    """What one write to a vector of numbers said."""

    values: list[int | None] = field(default_factory=list)  # None: read, but not to be stored
    used: int = 0  # bytes
    error: KernelError | None = None

    def checked(self) -> Vector:
        """The vector itself, or its error raised."""
        if self.error is not None:
            raise self.error
        return self


@record(frozen=True)
class Bounds:
    """Smallest and largest value, where there are any."""

    low: int | None = None
    high: int | None = None

    def hold(self, value: int) -> bool:
        """Is a value inside?"""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return "any number" if self.low is None else f"{self.low} or more"
        return f"{self.low} to {self.high}"


def int_vector(text: str, count: int, bounds: Bounds) -> Vector:
    """Up to `count` numbers of 32 bits; one out of bounds ends the reading with EINVAL."""

    def convert(negative: bool, value: int) -> int | None:
        number = (-value if negative else value) % _INT
        number -= _INT if number >= _INT // 2 else 0
        if not bounds.hold(number):
            raise KernelError(Errno.EINVAL, f"{number}: expected {bounds}")
        return number

    return _vector(text, count, convert)


def ulong_vector(text: str, count: int, bounds: Bounds) -> Vector:
    """Up to `count` numbers of 64 bits; one that is negative or out of bounds is passed over in silence."""

    def convert(negative: bool, value: int) -> int | None:
        return value if not negative and bounds.hold(value) else None

    return _vector(text, count, convert)


def _vector(text: str, count: int, convert: Callable[[bool, int], int | None]) -> Vector:
    """Read numbers until there are enough; `used` then ends after the blanks that follow the last."""
    found = Vector()
    data = text[:_BUFFER]
    place = _skip(data, 0)
    try:
        while place < len(data) and len(found.values) < count:
            negative, value, place = _long(data, place)
            found.values.append(convert(negative, value))
            place = _skip(data, place)
    except KernelError as error:
        found.error = error
    if not found.values:
        found.error = found.error or KernelError(Errno.EINVAL, "expected a number")
        found.used = len(text)
    else:
        found.used = place if place < len(data) else len(data)
    return found


def _skip(data: str, place: int) -> int:
    while place < len(data) and data[place] in _BLANKS:
        place += 1
    return place


def _long(data: str, place: int) -> tuple[bool, int, int]:
    """One number: (negative?, absolute value, where it ends)."""
    match = _NUMBER.match(data, place)
    if match is None:
        raise KernelError(Errno.EINVAL, f"{data[place:].strip()!r}: expected a number")
    word, end = match[2], match.end()
    if end - place > _LONGEST:
        raise KernelError(Errno.EINVAL, f"{word}: expected at most {_LONGEST} characters")
    if end < len(data) and data[end] not in _BETWEEN:
        raise KernelError(Errno.EINVAL, f"{data[place:].strip()!r}: expected a blank after the number")
    base = 16 if word[:2].lower() == "0x" else 8 if word[0] == "0" else 10
    return match[1] is not None, int(word, base) % _ULONG, end


def show_vector(values: list[int]) -> str:
    """Numbers with tabs between them."""
    return "\t".join(map(str, values)) + "\n"
