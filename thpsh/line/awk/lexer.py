"""Tokens of awk."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from thpsh.errors import UsageError

_TOKEN: Final = re.compile(
    r"(?P<blank>(?:[ \t\r]|\\\n|#[^\n]*)+)|(?P<newline>\n)"
    r"|(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r'|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<name>[A-Za-z_][A-Za-z0-9_]*)'
    r"|(?P<op>\+\+|--|\+=|-=|\*=|/=|%=|\^=|==|<=|>=|!=|&&|\|\||!~|[-+*/%^!<>=~?:;,(){}\[\]$])",
    re.DOTALL,
)
_REGEX: Final = re.compile(r"/((?:[^/\\\n\[]|\\.|\[\^?\]?[^\]\n]*\])*)/")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "/": "/", "a": "\a"}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_VALUES: Final = frozenset({"number", "text", "name"})


class Token(NamedTuple):
    """A token: its kind (an operator or keyword is its own kind) and its text."""

    kind: str
    text: str
    place: int


KEYWORDS: Final = frozenset(
    {
        "BEGIN",
        "END",
        "if",
        "else",
        "while",
        "for",
        "do",
        "in",
        "print",
        "printf",
        "next",
        "exit",
        "break",
        "continue",
        "delete",
    }
)
_NOT_HERE: Final = frozenset({"function", "func", "getline", "system", "close", "getenv", "return"})


def unescaped(text: str) -> str:
    """A string literal's text with its escapes resolved."""
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], "\\" + found[1]), text)


def tokens(program: str) -> list[Token]:
    """All tokens of a program; a slash is a pattern wherever a value is expected."""
    found: list[Token] = []
    place = 0
    while place < len(program):
        if program[place] == "/" and not _after_value(found):
            regex = _REGEX.match(program, place)
            if not regex:
                raise UsageError(f"unclosed / at character {place + 1}")
            found.append(Token("regex", regex[1].replace("\\/", "/"), place))
            place = regex.end()
            continue
        match = _TOKEN.match(program, place)
        if not match:
            raise UsageError(f"{program[place]!r} at character {place + 1}: not understood")
        kind, text = str(match.lastgroup), match[0]
        if kind == "name" and text in _NOT_HERE:
            raise UsageError(f"{text}: not known to this awk")
        if kind != "blank":
            kind = text if kind in ("op", "newline") or text in KEYWORDS else kind
            found.append(Token(kind, text[1:-1] if kind == "text" else text, place))
        place = match.end()
    found.append(Token("end", "", len(program)))
    return found


def _after_value(found: list[Token]) -> bool:
    return bool(found) and (found[-1].kind in _VALUES or found[-1].kind in (")", "]", "$", "++", "--"))
