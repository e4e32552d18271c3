"""Two texts side by side, as `diff -y` shows them: | changed, < only left, > only right."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH: Final = 80
NARROWEST: Final = 60  # two columns need so much
_GUTTER: Final = 3
_LONG_SHARE: Final = 2  # stacked if more than one in so many lines does not fit its column


def width_of(out: Any) -> int:
    """The columns of the terminal behind a stream; 80 where there is none."""
    if not getattr(out, "isatty", lambda: False)():
        return WIDTH
    from rich.console import Console

    return Console(file=out).width


def flow(parts: Sequence[str], width: int = WIDTH - 1) -> list[str]:
    """Short texts one after the other, two blanks between them, on as many lines as it takes."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(part)
    return lines


def side_by_side(left: Sequence[str], right: Sequence[str], width: int) -> list[str]:
    """The lines of two texts in two columns; as one list where the columns would be too narrow for them."""
    column = column_of(width)
    lines = [*left, *right]
    long = sum(len(line) > column for line in lines)
    if width < NARROWEST or long * _LONG_SHARE > len(lines):
        return _stacked(left, right)
    return [f"{a:<{column}} {mark} {b}".rstrip() for a, mark, b in _pairs(left, right, column)]


def column_of(width: int) -> int:
    """The width of one of two columns."""
    return (width - _GUTTER) // 2


def _stacked(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """Below each other: what only the left has, what only the right has, and between them what both have."""
    lines = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [f"  {line}" for line in left[a:b]]
        else:
            lines += [f"< {line}" for line in left[a:b]] + [f"> {line}" for line in right[c:d]]
    return lines


def _pairs(left: Sequence[str], right: Sequence[str], column: int) -> Iterator[tuple[str, str, str]]:
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for place in range(max(b - a, d - c)):
            one = left[a + place] if a + place < b else None
            two = right[c + place] if c + place < d else None
            mark = " " if kind == "equal" else "<" if two is None else ">" if one is None else "|"
            yield from _folded(one or "", mark, two or "", column)


def _folded(one: str, mark: str, two: str, column: int) -> Iterator[tuple[str, str, str]]:
    """One pair of lines, on as many as it takes."""
    for a, b in zip_longest(_lines(one, column), _lines(two, column), fillvalue=""):
        yield a, mark, b


def _lines(text: str, column: int) -> list[str]:
    """A line cut between words where there are any; what goes on is indented as it is."""
    lines = []
    indent = min(len(text) - len(text.lstrip(" ")), column // 4)
    while len(text) > column:
        cut = text.rfind(" ", column // 2, column + 1)
        lines.append(text[: cut if cut > 0 else column].rstrip(" "))
        text = " " * indent + (text[cut + 1 :] if cut > 0 else text[column:])
    return [*lines, text]
