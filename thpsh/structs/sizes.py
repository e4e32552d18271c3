"""Sizes and durations as people write them (shell-contract §2): the one parser of both."""

from __future__ import annotations

import re
from typing import Final

from thpsh.errors import UsageError

_SIZE: Final = re.compile(r"(0x[0-9a-fA-F]{1,40}|[0-9]{1,40})(?:([KMGT])(?:i?B)?|B)?")  # no machine has longer ones
_SHIFT: Final = {"K": 10, "M": 20, "G": 30, "T": 40}
_DURATION: Final = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?)(ns|us|ms|s|m|h|d)?")
_NANOSECONDS: Final = {
    "ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9,
}  # fmt: skip


def parse_size(word: str) -> int:
    """Bytes: `4096`, `4K`, `2M`, `1G`, `1T`, `2MiB`, `0x200000`, in binary multiples."""
    found = _SIZE.fullmatch(word)
    if found is None:
        raise UsageError(f"{word!r}: expected a size like 4096, 4K, 2M, 1G or 0x200000")
    number = int(found[1], 0 if found[1].startswith("0x") else 10)
    return number << _SHIFT.get(found[2] or "", 0)


def parse_duration(word: str) -> int:
    """Nanoseconds: `500ms`, `10s`, `2m`, `1h`, `30d`; a bare number is seconds."""
    found = _DURATION.fullmatch(word)
    if found is None:
        raise UsageError(f"{word!r}: expected a duration like 500ms, 10s, 2m, 1h or 30d")
    unit = _NANOSECONDS[found[2] or "s"]
    whole, _, part = found[1].partition(".")
    return int(whole) * unit + (int(part) * unit // 10 ** len(part) if part else 0)


def format_size(size: int) -> str:
    """A size in the largest unit that divides it: 2M, 12K, 4097."""
    for unit, shift in reversed(_SHIFT.items()):
        if size and not size & ((1 << shift) - 1):
            return f"{size >> shift}{unit}"
    return str(size)
