"""Expansion: words as typed become the arguments of a command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.line.syntax import Arithmetic, Literal, Variable, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from thpsh.line.syntax import Script

_MAGIC: Final = re.compile(r"[*?\[]")
_FIELD: Final = re.compile(r"[^ \t\n]+")


class Expander:
    """Fills in variables, `$( )` and path patterns."""

    def __init__(
        self,
        variables: Mapping[str, str],
        glob: Callable[[str], list[str]],
        capture: Callable[[Script], str],
    ) -> None:
        self.variables = variables
        self.glob = glob
        self.capture = capture

    def arguments(self, words: Sequence[Word]) -> list[str]:
        """All words, split and matched as a shell does."""
        return [argument for word in words for argument in self.fields(word)]

    def text(self, word: Word) -> str:
        """A word as one string: the value of an assignment, the target of a redirection."""
        return "".join(part.text if isinstance(part, Literal) else self._value(part) for part in word.parts)

    def _value(self, part: object) -> str:
        if isinstance(part, Variable):
            return self.variables.get(part.name, "")
        if isinstance(part, Arithmetic):
            from thpsh.line.arithmetic import evaluate

            return str(evaluate(part.body, self.variables))
        return self.capture(part.body).rstrip("\n")  # type: ignore[attr-defined]  # only substitutions are left

    def fields(self, word: Word) -> list[str]:
        """The arguments that one word becomes."""
        plain = word.plain
        if plain is not None:
            return (self.glob(plain) or [plain]) if _MAGIC.search(plain) else [plain]
        pieces: list[tuple[str, bool]] = []  # text of the current field: (text, quoted)
        found: list[str] = []
        for part in word.parts:
            if isinstance(part, Literal):
                pieces.append((part.text, part.quoted))
                continue
            value = self._value(part)
            if part.quoted:
                pieces.append((value, True))
            else:
                pieces = self._split(value, pieces, found)
        if pieces:
            found += self._field(pieces)
        return found

    def _split(self, value: str, pieces: list[tuple[str, bool]], found: list[str]) -> list[tuple[str, bool]]:
        """Cut an unquoted value at blanks; returns the pieces of the field that is still open."""
        parts = list(_FIELD.finditer(value))
        if not parts:
            return pieces
        for number, part in enumerate(parts):
            if (number or part.start()) and pieces:
                found += self._field(pieces)
                pieces = []
            pieces = [*pieces, (part[0], False)]
        if parts[-1].end() < len(value):
            found += self._field(pieces)
            pieces = []
        return pieces

    def _field(self, pieces: list[tuple[str, bool]]) -> list[str]:
        text = "".join(piece for piece, _ in pieces)
        if any(not quoted and _MAGIC.search(piece) for piece, quoted in pieces):
            pattern = "".join(re.sub(r"([*?\[])", r"[\1]", piece) if quoted else piece for piece, quoted in pieces)
            return self.glob(pattern) or [text]
        return [text]
