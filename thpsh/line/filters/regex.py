"""Patterns of grep, sed and awk as Python's."""

from __future__ import annotations

import re
from typing import Final

from thpsh.errors import UsageError

_CLASSES: Final = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r" \t\n\r\f\v",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "print": " -~", "graph": "!-~",
    "cntrl": r"\x00-\x1f",
}  # fmt: skip
_BRACKET: Final = re.compile(r"\[\^?\]?(?:\[:[a-z]+:\]|[^\]])*\]")
_NAMED: Final = re.compile(r"\[:([a-z]+):\]")


def compiled(pattern: str, *, extended: bool, fixed: bool = False, ignore_case: bool = False) -> re.Pattern[str]:
    """A pattern ready to search with; UsageError if it is none."""
    text = re.escape(pattern) if fixed else translated(pattern, extended=extended)
    try:
        return re.compile(text, re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        raise UsageError(f"{pattern!r}: not a pattern: {error}") from None


def translated(pattern: str, *, extended: bool) -> str:
    """A POSIX pattern in Python's notation: basic patterns write ( ) { } | + ? with a backslash."""
    found = []
    place = 0
    while place < len(pattern):
        char = pattern[place]
        bracket = _BRACKET.match(pattern, place) if char == "[" else None
        if bracket:
            found.append(_bracket(bracket[0]))
            place = bracket.end()
            continue
        if char == "\\" and place + 1 < len(pattern):
            found.append(_escaped(pattern[place + 1], extended=extended))
            place += 2
            continue
        if not extended and char in "(){}|+?":
            found.append("\\" + char)
        elif char == "*" and (not found or (not extended and found[-1] in ("^", "("))):
            found.append(r"\*")
        else:
            found.append(char)
        place += 1
    return "".join(found)


def _escaped(char: str, *, extended: bool) -> str:
    if char in "(){}|+?":
        return "\\" + char if extended else char
    if char in "<>":
        return r"\b"
    if char in "bBwWsSdDnt" or char.isdigit() or not char.isalnum():
        return "\\" + char
    return re.escape(char)


def _bracket(text: str) -> str:
    """A bracket expression: named classes are spelled out, a leading ] stands for itself."""
    inner = text[1:-1]
    negated = inner.startswith("^")
    inner = inner[1:] if negated else inner
    parts = []
    place = 0
    for named in _NAMED.finditer(inner):
        parts.append(_plain(inner[place : named.start()]))
        if named[1] not in _CLASSES:
            raise UsageError(f"[:{named[1]}:]: not a character class; expected one of {', '.join(sorted(_CLASSES))}")
        parts.append(_CLASSES[named[1]])
        place = named.end()
    parts.append(_plain(inner[place:]))
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _plain(text: str) -> str:
    return (
        text.replace("\\", "\\\\").replace("[", r"\[").replace("]", r"\]").replace("&&", r"&\&").replace("||", r"|\|")
    )
