"""Texts captured from a real 3.0.1, and what of a text is layout."""

from __future__ import annotations

import re
from pathlib import Path

CAPTURES = Path(__file__).parent.parent / "data" / "captures"


def captured(name: str) -> str:
    """A captured file."""
    return (CAPTURES / name).read_text()


def section(name: str, command: str) -> str:
    """What a command printed, in a file of commands and their outputs."""
    after = captured(name).split(f"$ {command}\n", 1)[1]
    return re.split(r"\n\n(?=[$>] )|\n(?=> )", after, maxsplit=1)[0].rstrip("\n") + "\n"


def columns(text: str) -> str:
    """Right-aligned numbers as wide as their columns, blanks included."""
    return re.sub(r" *\d+", lambda match: "#" * len(match[0]), text)


def words(text: str) -> str:
    """Numbers of any length as one mark."""
    return re.sub(r"\d+", "#", text)


def only(text: str, *starts: str) -> list[str]:
    """The lines that begin with one of some words."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith(starts)]
