"""Backslash escapes of echo -e and printf."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(0[0-7]{0,3}|[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"'}


def unescaped(text: str) -> str:
    """The text with its escapes resolved; unknown ones stay."""

    def one(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
        return _NAMED.get(code, found[0])

    return _ESCAPE.sub(one, text)
