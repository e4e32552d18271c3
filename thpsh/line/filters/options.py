"""One small reader of options for all filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


NUMBER: Final = "-N"  # how the table of filters writes the option that is a number itself


class Options:
    """Short options of a filter: which flags are set, the values of the others, and what is no option."""

    __slots__ = ("flags", "rest", "values")

    def __init__(self, argv: Sequence[str], flags: str, valued: str = "") -> None:
        """Read argv[1:]; `flags` and `valued` are the letters known. `-5` counts as the value of `#` where known."""
        self.flags: set[str] = set()
        self.values: dict[str, list[str]] = {}
        self.rest: list[str] = []
        words = list(argv[1:])
        while words:
            word = words.pop(0)
            if word == "--":
                self.rest += words
                break
            if len(word) < 2 or word[0] != "-":
                self.rest.append(word)
                continue
            if "#" in valued and word[1:].isdigit():
                self.values.setdefault("#", []).append(word[1:])
                continue
            self._letters(word, words, flags, valued)

    def _letters(self, word: str, words: list[str], flags: str, valued: str) -> None:
        for place, letter in enumerate(word[1:], 1):
            if letter in flags:
                self.flags.add(letter)
            elif letter in valued and letter != "#":
                value = word[place + 1 :]
                if not value:
                    if not words:
                        raise UsageError(f"-{letter}: expected a value")
                    value = words.pop(0)
                self.values.setdefault(letter, []).append(value)
                return
            else:
                known = " ".join(f"-{each}" for each in (flags + valued).replace("#", "N"))
                raise UsageError(f"unknown option {word if word[1] == '-' else f'-{letter}'}; expected {known}")

    def __contains__(self, letter: str) -> bool:
        return letter in self.flags

    def value(self, letter: str, default: str = "") -> str:
        """The last value of an option."""
        return self.values.get(letter, [default])[-1]

    def number(self, letter: str, default: int) -> int:
        """The last value of an option as a number that is not negative."""
        word = self.value(letter, str(default))
        if not word.isascii() or not word.isdigit() or len(word) > 18:
            raise UsageError(f"-{letter} {word}: expected a number")
        return int(word)
