"""Values in the text of pseudo-files: which part of it a KEY names."""

from __future__ import annotations

import re
from typing import Final

from thpsh.scenario.comparison import normal

# The fields of /proc/PID/stat (fs/proc/array.c: do_task_stat) and statm that a KEY may name, by place.
_STAT: Final = {"pid": 0, "comm": 1, "state": 2, "ppid": 3, "minflt": 9, "majflt": 11, "vsize": 22, "rss": 23}
_STATM: Final = {"size": 0, "resident": 1, "shared": 2, "text": 3, "lib": 4, "data": 5, "dt": 6}


def value(path: str, text: str, keys: tuple[str, ...]) -> str | None:
    """The value that `keys` name in a file; the whole text without keys; None if there is no such key.

    All keys but the last lead the way: `/proc/zoneinfo DMA32 min` is the first `min` after a line with `DMA32`.
    """
    if not keys:
        return text.strip("\n")
    fields = _numbered_fields(path)
    if fields is not None and len(keys) == 1 and keys[0] in fields:
        return _words(text)[fields[keys[0]]]
    lines = text.splitlines()
    for key in keys[:-1]:
        found = next((i for i, line in enumerate(lines) if _has_word(line, key)), None)
        if found is None:
            return None
        lines = [_after_word(lines[found], key), *lines[found + 1 :]]
    return _first(lines, keys[-1])


def _numbered_fields(path: str) -> dict[str, int] | None:
    """Names for the fields of a file that prints only values."""
    if re.fullmatch(r"/proc/[^/]+/stat", path):
        return _STAT
    if re.fullmatch(r"/proc/[^/]+/statm", path):
        return _STATM
    return None


def _words(text: str) -> list[str]:
    """The fields of a stat line; the name in brackets is one of them."""
    head, bracket, tail = text.rpartition(")")
    if not bracket:
        return text.split()
    pid, _, name = head.partition(" (")
    return [pid, name, *tail.split()]


def _first(lines: list[str], key: str) -> str | None:
    """The value of a key: of a line that begins with it, else of one that has it as a word."""
    for line in lines:
        words = line.split(None, 1)
        if words and words[0].rstrip(":") == key.rstrip(":"):
            return normal(words[1]) if len(words) > 1 else ""
    for line in lines:
        if _has_word(line, key):
            return normal(_after_word(line, key))
    return None


def _pattern(key: str) -> re.Pattern[str]:
    """A key as a word of its own, with or without colon or comma."""
    return re.compile(rf"(?:^|(?<=[\s:])){re.escape(key.rstrip(':'))}(?:[:,]|(?=\s|$))")


def _has_word(line: str, key: str) -> bool:
    """Does the line hold the key as a word?"""
    return _pattern(key).search(line) is not None


def _after_word(line: str, key: str) -> str:
    """What follows the key in its line."""
    match = _pattern(key).search(line)
    return line[match.end() :] if match else line


def column(text: str, field: str) -> str | None:
    """A field of a view: the rest of the line it begins, else its column in the first row of a table."""
    lines = text.splitlines()
    found = _first(lines, field)
    if found is not None and not _is_header(lines, field):
        return found
    if len(lines) > 1 and field in lines[0].split():
        place = lines[0].split().index(field)
        row = lines[1].split()
        return row[place] if place < len(row) else None
    return found


def _is_header(lines: list[str], field: str) -> bool:
    """Is the field a heading of the first line, with rows under it?"""
    return len(lines) > 1 and field in lines[0].split() and not _has_number(lines[0])


def _has_number(line: str) -> bool:
    """Does the line hold a number?"""
    return any(word.lstrip("+-").isdigit() for word in line.split())


def smaps_sum(text: str, key: str, start: int, end: int) -> str | None:
    """A field of smaps summed over the VMAs in [start, end), as `N kB`; None if no VMA there has it."""
    total, seen, inside = 0, False, False
    for line in text.splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if head:
            first, last = int(head[1], 16), int(head[2], 16)
            inside = first < end and start < last
        elif inside and line.startswith(key.rstrip(":") + ":"):
            total += int(line.split()[1])
            seen = True
    return f"{total} kB" if seen else None
