"""tr."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from thpsh.line.filters import Call

_ALL: Final = "".join(chr(code) for code in range(256))
_CLASSES: Final = {
    "alpha": string.ascii_letters, "digit": string.digits, "alnum": string.ascii_letters + string.digits,
    "upper": string.ascii_uppercase, "lower": string.ascii_lowercase, "space": string.whitespace, "blank": " \t",
    "punct": string.punctuation,
}  # fmt: skip
_ITEM: Final = re.compile(r"\[:([a-z]+):\]|(\\.|[^\\])-(\\.|[^\\])|\\(.)|(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0"}


def run(call: Call) -> int:
    """Translate, squeeze (-s) or delete (-d) characters of standard input; -c takes all others."""
    options = call.options()
    sets = options.rest
    if not sets or len(sets) > 2 or (len(sets) == 1 and not ("d" in options or "s" in options)):
        raise UsageError("expected SET1 and SET2, or -d or -s with SET1")
    text = call.inputs([])[0][1]
    first = _expand(sets[0])
    if "c" in options or "C" in options:
        first = "".join(char for char in _ALL if char not in first)
    if "d" in options:
        text = text.translate({ord(char): None for char in first})
    elif len(sets) == 2:
        second = _expand(sets[1])
        if not second:
            raise UsageError("SET2: expected at least one character")
        second += second[-1] * (len(first) - len(second))
        text = text.translate({ord(a): b for a, b in reversed(list(zip(first, second, strict=False)))})
    if "s" in options:
        squeezed = _expand(sets[-1]) if len(sets) == 2 else first
        text = re.sub(f"([{re.escape(squeezed)}])\\1+", r"\1", text) if squeezed else text
    call.out.write(text)
    return 0


def _char(word: str) -> str:
    return _ESCAPES.get(word[1], word[1]) if word.startswith("\\") and len(word) > 1 else word


def _expand(word: str) -> str:
    """A set of characters with its ranges and classes spelled out."""
    found = ""
    for item in _ITEM.finditer(word):
        if item[1]:
            if item[1] not in _CLASSES:
                raise UsageError(f"[:{item[1]}:]: not a character class")
            found += _CLASSES[item[1]]
        elif item[2]:
            first, last = _char(item[2]), _char(item[3])
            if first > last:
                raise UsageError(f"{item[0]}: the range runs backwards")
            found += "".join(chr(code) for code in range(ord(first), ord(last) + 1))
        else:
            found += _ESCAPES.get(item[4], item[4]) if item[4] else item[5]
    return found
