"""Numbers as C keeps them."""

from __future__ import annotations

from typing import Final

_SIGN: Final = 1 << 31


def as_int(number: int) -> int:
    """What an int of 32 bits holds of a number."""
    return (number + _SIGN) % (2 * _SIGN) - _SIGN
