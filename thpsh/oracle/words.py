"""The words of an operation, read as the recorder reads them (op language of the recordings)."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)([KkMmGg]?)")
_SHIFT: Final = {"": 0, "K": 10, "M": 20, "G": 30}
_REGISTER: Final = (1 << 64) - 1
_ESCAPES: Final = {"n": "\n", "t": "\t", "0": "\0"}


class Refused(Exception):
    """The recorder itself would not do this operation; the text says why, as the recorder does."""


class NotSupported(Exception):
    """An operation that the emulator cannot do yet."""


class Words:
    """One operation: NAME, then words, then KEY=VALUE options in any order."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.words = line.split()

    @property
    def name(self) -> str:
        """What is to be done."""
        return self.words[0]

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, place: int) -> str:
        if place >= len(self.words):
            raise Refused("too few words")
        return self.words[place]

    def size(self, place: int) -> int:
        """A size as 64 bits: `4K`, `0x10`, `-1`."""
        return size_of(self[place], "bad size")

    def option(self, key: str) -> str | None:
        """The value of KEY=VALUE; None if it is not there."""
        prefix = key + "="
        return next((word.removeprefix(prefix) for word in self.words if word.startswith(prefix)), None)

    def value(self, place: int) -> str:
        """All of the line after a word: raw to its end, or "quoted" with escapes."""
        word = self[place]
        text = self.line[self.line.index(word) + len(word) :].lstrip(" ")
        return _unquoted(text) if text.startswith('"') else text


def size_of(word: str, complaint: str) -> int:
    """A number as strtoul reads it with base 0, and a suffix K, M or G; what does not fit wraps to 64 bits."""
    found = _NUMBER.fullmatch(word)
    if found is None or len(word) > 40:
        raise Refused(complaint)
    sign, digits, suffix = found.groups()
    octal = len(digits) > 1 and digits.startswith("0") and digits.isdigit()
    try:
        number = int(digits, 8 if octal else 0)
    except ValueError:
        raise Refused(complaint) from None
    return ((-number if sign == "-" else number) << _SHIFT[suffix.upper()]) & _REGISTER


def _unquoted(text: str) -> str:
    """The text between quotation marks."""
    found = []
    characters = iter(text[1:])
    for character in characters:
        if character == '"':
            break
        if character == "\\":
            character = next(characters, "\\")
            character = _ESCAPES.get(character, character)
        found.append(character)
    return "".join(found)
