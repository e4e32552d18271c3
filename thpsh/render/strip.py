"""Maps of letters: many things of one kind each, so many to a letter that they fit; and bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MIXED: Final = "+"
BAR: Final = 20  # cells of a bar
FILLED: Final = "#"
EMPTY: Final = "."

Stretch = tuple[int, int, str]
"""(first, how many, letter): things of one kind that follow each other."""


def stretches(letters: Iterable[str], first: int = 0) -> list[Stretch]:
    """Letters as stretches."""
    found: list[Stretch] = []
    for place, letter in enumerate(letters, first):
        if found and found[-1][2] == letter:
            found[-1] = (found[-1][0], found[-1][1] + 1, letter)
        else:
            found.append((place, 1, letter))
    return found


def scale_for(count: int, cells: int) -> int:
    """How many things one letter must stand for, a power of two, so that no more than so many letters are needed."""
    scale = 1
    while -(-count // scale) > cells:
        scale *= 2
    return scale


def scaled(parts: Sequence[Stretch], scale: int) -> str:
    """One letter for each `scale` things; where these differ, a `+`."""
    if not parts:
        return ""
    begin, end = parts[0][0], parts[-1][0] + parts[-1][1]
    letters, place = [], 0
    for low in range(begin, end, scale):
        high = min(low + scale, end)
        while parts[place][0] + parts[place][1] <= low:
            place += 1
        first, count, letter = parts[place]
        letters.append(letter if first + count >= high else MIXED)
    return "".join(letters)


def bar(part: int, whole: int, cells: int = BAR) -> str:
    """A share as a bar; whatever there is fills at least one cell."""
    filled = min(cells, -(-part * cells // whole)) if whole else 0
    return FILLED * filled + EMPTY * (cells - filled)


def percent(part: int, whole: int) -> float:
    """A share in percent, with one digit behind the point; nothing has no share in nothing."""
    return round(100 * part / whole, 1) if whole else 0.0
