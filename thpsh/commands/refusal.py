"""What is wrong with the words of a command: the word itself, and what was expected."""

from __future__ import annotations

import re
from typing import Final

_UNKNOWN: Final = re.compile(r"unrecognized arguments: (\S+)")
_MISSING: Final = re.compile(r"the following arguments are required: (.+)")
_CHOICE: Final = re.compile(r"argument (.+?): invalid choice: '?(.*?)'? \(choose from (.+)\)", re.DOTALL)
_NUMBER: Final = re.compile(r"argument (.+?): invalid int value: '(.*)'", re.DOTALL)
_VALUE: Final = re.compile(r"argument (.+?): expected one argument")
_TOGETHER: Final = re.compile(r"argument (.+?): not allowed with argument (.+)")
_FORM: Final = re.compile(r"\n {7}(?=\S)")  # a usage of several forms; lines that only go on are indented further
_LONGEST: Final = 18  # digits of a number that is any use


def refusal(message: str, usage: str) -> str:
    """The words of argparse as a refusal that names the word and what was expected, with the usage on the same line."""
    forms = _FORM.sub(" or ", usage)
    return f"{_what(message)}; {' '.join(forms.split())}"


def _what(message: str) -> str:
    found = _UNKNOWN.match(message)
    if found:
        kind = "option" if found[1].startswith("-") else "word"
        return f"{found[1]!r}: expected no such {kind}"
    found = _MISSING.match(message)
    if found:
        return f"expected {found[1]}"
    found = _CHOICE.match(message)
    if found:
        *most, last = found[3].replace("'", "").split(", ")
        return f"{found[2]!r}: expected {' or '.join([', '.join(most)] * bool(most) + [last])}"
    found = _NUMBER.match(message)
    if found:
        few = "" if len(found[2]) <= _LONGEST or not found[2].isdigit() else f" of at most {_LONGEST} digits"
        return f"{found[1]} {found[2]!r}: expected a whole number{few}"
    found = _VALUE.match(message)
    if found:
        return f"{found[1]}: expected a value after it"
    found = _TOGETHER.match(message)
    return f"{found[1]}: expected without {found[2]}" if found else message
