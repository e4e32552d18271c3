"""Memory over time as a chart of letters: it needs no colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

HEIGHT: Final = 16  # lines of the chart
_SCALE: Final = 7  # columns left of the chart
_GIB: Final = 1 << 18  # pages
_MIB: Final = 1 << 8
_SMALL: Final = 8 * _MIB  # below, a scale counts in KiB what is no whole number of MiB
_LEAST: Final = 16  # pages between two marks of the smallest chart


def columns_by_time(times: Sequence[int], width: int) -> list[int]:
    """For every column of a chart the place of the sample that held at its time."""
    first, last = times[0], times[-1]
    found, place = [], 0
    for column in range(width):
        now = first + (last - first) * column // max(1, width - 1)
        while place + 1 < len(times) and times[place + 1] <= now:
            place += 1
        found.append(place)
    return found


def columns_by_step(count: int, width: int) -> list[int]:
    """The same, with one column for each sample; the newest where there are too many."""
    return list(range(max(0, count - width), count))


def chart(stacks: Sequence[Sequence[tuple[str, int]]], times: tuple[int, int], total: int, width: int) -> list[str]:
    """Stacks of (letter, pages), one for each column, as lines; what is above them is free."""
    columns = [_filled(stack, total) for stack in stacks]
    lines = []
    for row in range(HEIGHT - 1, -1, -1):
        scale = _size(total * (row + 1) // HEIGHT) if (row + 1) % (HEIGHT // 4) == 0 else ""
        lines.append(f"{scale:>{_SCALE - 1}}|" + "".join(column[row] for column in columns).rstrip())
    lines.append(" " * (_SCALE - 1) + "+" + "-" * len(columns))
    begin, end = (f"{time / 1e9:.3f} s" for time in times)
    lines.append(" " * _SCALE + begin + " " + end.rjust(max(1, min(width, len(columns)) - len(begin) - 1)))
    return lines


def _filled(stack: Sequence[tuple[str, int]], total: int) -> str:
    """One column, from the bottom up; whatever there is of a kind is seen if it fills half a line."""
    text, pages = "", 0
    for letter, count in stack:
        pages += count
        text += letter * (round(pages * HEIGHT / total) - len(text))
    return text.ljust(HEIGHT)


def ceiling(pages: int) -> int:
    """The height of a chart in which so many pages fit: its four marks are round sizes."""
    quarter = _LEAST
    while quarter * 4 < pages:
        quarter = quarter * 3 // 2 if quarter & (quarter - 1) == 0 else quarter // 3 * 4
    return quarter * 4


def _size(pages: int) -> str:
    if pages < _SMALL and pages % _MIB:
        return f"{pages << 2}K"
    return f"{pages / _GIB:.3g}G" if pages >= _GIB else f"{pages // _MIB}M"
