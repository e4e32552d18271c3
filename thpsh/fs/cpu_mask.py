"""Sets of CPUs and nodes as text (lib/bitmap.c: bitmap_scnprintf, bitmap_scnlistprintf)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.structs.bits import runs

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD: Final = 32


def _mask(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in set(numbers))


def mask_words(numbers: Iterable[int], bits: int) -> str:
    """Words of 32 bits in hexadecimal, the highest first and only as wide as needed: `00000000,00000003`."""
    mask = _mask(numbers)
    words = []
    for low in range(0, bits, _WORD):
        width = -(-min(_WORD, bits - low) // 4)
        words.append(f"{mask >> low & (1 << _WORD) - 1:0{width}x}")
    return ",".join(reversed(words))


def cpu_list(numbers: Iterable[int]) -> str:
    """Ranges: `0-1,4`."""
    found = runs(_mask(numbers))
    return ",".join(f"{first}" if length == 1 else f"{first}-{first + length - 1}" for first, length in found)
