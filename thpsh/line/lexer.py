"""The lexer: a line as words and operators, in one pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.errors import UsageError
from thpsh.line.syntax import Arithmetic, Literal, Part, Substitution, Variable, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.line.syntax import Script

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK: Final = re.compile(r"(?:[ \t]|\\\n)+")
_OPERATOR: Final = re.compile(r"2>&1|&>>|&>|2>>|2>|>>|>&|<<|<>|&&|\|\||;;|\|&|[<>|;&()\n]")
_INSIDE: Final = re.compile(r"&&|\|\||;;|[<>|;&()\n]")  # what ends a word that has begun
_PLAIN: Final = re.compile(r"[^ \t\n'\"\\$`|&;<>()]+")
_QUOTED: Final = re.compile(r'[^"\\$`]+')
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\?")
_PARENTHESIS: Final = re.compile(r"[()]")
_BRACED: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*|\?)\}")


class Incomplete(UsageError):
    """The text ends inside a quote, a loop or after an operator: more lines are wanted."""


class Token(NamedTuple):
    """A word or an operator; `kind` is "word", the operator itself, or "end"."""

    kind: str
    column: int
    word: Word | None = None


def where(text: str, place: int) -> str:
    """The place of a character for error messages: column, and line where there are several."""
    line = text.count("\n", 0, place)
    column = place - (text.rfind("\n", 0, place) + 1) + 1
    return f"line {line + 1}, column {column}" if "\n" in text.rstrip("\n") else f"column {column}"


class Lexer:
    """Cuts a text into tokens; `parse` is used for what stands inside `$( )`."""

    def __init__(self, text: str, parse: Callable[[str], Script]) -> None:
        found = _CONTROL.search(text)
        if found:
            raise UsageError(f"{where(text, found.start())}: control character {found[0]!r}: expected printable text")
        self.text = text
        self.parse = parse
        self.place = 0

    def tokens(self) -> list[Token]:
        """All tokens, the last one being "end"."""
        found = []
        text, size = self.text, len(self.text)
        while self.place < size:
            blank = _BLANK.match(text, self.place)
            if blank:
                self.place = blank.end()
                continue
            if text[self.place] == "#":
                end = text.find("\n", self.place)
                self.place = size if end < 0 else end
                continue
            operator = _OPERATOR.match(text, self.place)
            if operator:
                found.append(Token(operator[0], self.place))
                self.place = operator.end()
                continue
            found.append(self._word())
        found.append(Token("end", size))
        return found

    def _word(self) -> Token:
        start = self.place
        parts: list[Part] = []
        text, size = self.text, len(self.text)
        while self.place < size:
            char = text[self.place]
            if char in " \t" or _INSIDE.match(text, self.place):
                break
            plain = _PLAIN.match(text, self.place)
            if plain:
                parts.append(Literal(plain[0]))
                self.place = plain.end()
            elif char == "'":
                parts.append(self._single())
            elif char == '"':
                parts += self._double()
            elif char == "\\":
                parts += self._escaped()
            else:
                parts.append(self._expansion(quoted=False))
        return Token("word", start, Word(tuple(parts), start, text[start : self.place]))

    def _single(self) -> Part:
        end = self.text.find("'", self.place + 1)
        if end < 0:
            raise Incomplete(f"{where(self.text, self.place)}: unclosed quote ': expected another '")
        inner = self.text[self.place + 1 : end]
        self.place = end + 1
        return Literal(inner, quoted=True)

    def _escaped(self) -> list[Part]:
        self.place += 2
        if self.place > len(self.text):
            raise Incomplete(f"{where(self.text, self.place - 2)}: backslash at the end: expected a character after it")
        char = self.text[self.place - 1]
        return [] if char == "\n" else [Literal(char, quoted=True)]

    def _double(self) -> list[Part]:
        start = self.place
        self.place += 1
        parts: list[Part] = [Literal("", quoted=True)]
        while self.place < len(self.text):
            plain = _QUOTED.match(self.text, self.place)
            if plain:
                parts.append(Literal(plain[0], quoted=True))
                self.place = plain.end()
                continue
            char = self.text[self.place]
            if char == '"':
                self.place += 1
                return parts
            if char == "\\":
                parts.append(Literal(self._escape_in_quotes(), quoted=True))
            else:
                parts.append(self._expansion(quoted=True))
        raise Incomplete(f'{where(self.text, start)}: unclosed quote ": expected another "')

    def _escape_in_quotes(self) -> str:
        char = self.text[self.place + 1 : self.place + 2]
        self.place += 2
        if char == "\n":
            return ""
        return char if char in ('"', "\\", "$", "`") else "\\" + char

    def _expansion(self, *, quoted: bool) -> Part:
        text, place = self.text, self.place
        if text[place] == "`":
            raise UsageError(f"{where(text, place)}: `: command substitution is written $( )")
        if text.startswith("$((", place):
            return self._arithmetic(quoted=quoted)
        if text.startswith("$(", place):
            return self._substitution(quoted=quoted)
        braced = _BRACED.match(text, place + 1)
        if braced:
            self.place = braced.end()
            return Variable(braced[1], quoted)
        if text.startswith("${", place):
            raise UsageError(f"{where(text, place)}: ${{: expected ${{NAME}}")
        name = _NAME.match(text, place + 1)
        if name:
            self.place = name.end()
            return Variable(name[0], quoted)
        self.place += 1
        return Literal("$", quoted)

    def _arithmetic(self, *, quoted: bool) -> Part:
        start, end = self.place, self._closing(self.place + 3)
        if self.text[end + 1 : end + 2] != ")":
            raise UsageError(f"{where(self.text, start)}: $((: expected )) at its end")
        self.place = end + 2
        try:
            from thpsh.line.arithmetic import parse_arithmetic  # few lines count

            return Arithmetic(parse_arithmetic(self.text[start + 3 : end]), quoted)
        except UsageError as error:
            raise UsageError(f"{where(self.text, start)}: {error}") from None

    def _closing(self, place: int) -> int:
        """The place of the ) that ends the arithmetic that begins at a place."""
        start, depth = place - 3, 1
        for found in _PARENTHESIS.finditer(self.text, place):
            depth += 1 if found[0] == "(" else -1
            if not depth:
                return found.start()
        raise Incomplete(f"{where(self.text, start)}: unclosed $((: expected ))")

    def _substitution(self, *, quoted: bool) -> Part:
        start = self.place
        depth, place, quote = 1, start + 2, ""
        while place < len(self.text):
            char = self.text[place]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == "\\":
                place += 1
            elif char in "()":
                depth += 1 if char == "(" else -1
                if not depth:
                    self.place = place + 1
                    return Substitution(self.parse(self.text[start + 2 : place]), quoted)
            place += 1
        raise Incomplete(f"{where(self.text, start)}: unclosed $(: expected )")
