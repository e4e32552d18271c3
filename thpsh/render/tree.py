"""Trees of text, in characters that every terminal has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def tree_lines(rows: Sequence[tuple[int, str]]) -> list[str]:
    """Rows of (depth, text) as a tree; a row's children follow it."""
    lines = []
    for place, (depth, text) in enumerate(rows):
        stem = "".join("|  " if _goes_on(rows, place, level) else "   " for level in range(1, depth))
        branch = ("+- " if _goes_on(rows, place, depth) else "`- ") if depth else ""
        lines.append(f"{stem}{branch}{text}")
    return lines


def _goes_on(rows: Sequence[tuple[int, str]], place: int, level: int) -> bool:
    """Does another branch of a level follow below the same parent?"""
    for depth, _ in rows[place + 1 :]:
        if depth < level:
            return False
        if depth == level:
            return True
    return False
