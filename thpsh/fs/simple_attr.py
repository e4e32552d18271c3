"""Files of debugfs that hold one number (fs/libfs.c: simple_attr_read, simple_attr_write; fs/debugfs/file.c)."""

from __future__ import annotations

from typing import Final

from thpsh.fs.kstrto import ULONG_MAX, c_string, simple_strtoull

_BUFFER: Final = 23  # characters that are looked at


def simple_attr_number(text: str) -> int:
    """The number that a write begins with, of any base, 64 bits; a word that is no number is 0, and no error."""
    digits = c_string(text[:_BUFFER])
    if digits.startswith("-"):
        return -simple_strtoull(digits[1:])[0] & ULONG_MAX
    return simple_strtoull(digits)[0]
