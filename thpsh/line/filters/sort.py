"""sort."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import UsageError
from thpsh.line.filters import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.line.filters import Call
    from thpsh.line.filters.options import Options

_NUMBER: Final = re.compile(r"\s*(-?(?:\d+\.?\d*|\.\d+))([KMGTPE]?)")
_KEY: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9]+))?([nrhb]*)(?:,([0-9]{1,18})(?:\.[0-9]+)?([nrhb]*))?")
_SCALE: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


def run(call: Call) -> int:
    """Print all lines in order."""
    options = call.options()
    lines = [line for _, text in call.inputs(options.rest) for line in lines_of(text)]
    order = "".join(letter for letter in "nrh" if letter in options)
    keys = options.values.get("k", [])
    if not ("s" in options and keys):
        lines.sort()
        lines.sort(key=_folded(options))
        if "r" in options:
            lines.reverse()
    for key in reversed(keys):
        function, reverse = _key(key, options.value("t"), order)
        lines.sort(key=function, reverse=reverse)
    if not options.values.get("k") and set(order) & set("nh"):
        lines.sort(key=_by(order), reverse="r" in order)
    if "u" in options:
        lines = list(dict.fromkeys(lines))
    call.out.write("".join(f"{line}\n" for line in lines))
    return 1 if call.failed else 0


def _folded(options: Options) -> Callable[[str], str]:
    """What of a whole line counts: -b leaves out blanks in front, -f the difference of case."""

    def folded(line: str) -> str:
        text = line.lstrip() if "b" in options else line
        return text.upper() if "f" in options else text

    return folded


def _by(order: str) -> Callable[[str], Any]:
    if "n" in order:
        return lambda text: _number(text)[0]
    if "h" in order:
        return lambda text: _number(text)[1:]
    return lambda text: text


def _number(text: str) -> tuple[float, int, float]:
    """The number that a text begins with: plain, and as (scale, number) for sizes like 12K."""
    found = _NUMBER.match(text)
    if not found:
        return 0.0, -1, 0.0
    value = float(found[1])
    return value, _SCALE[found[2]] if value else 0, value


def _key(key: str, separator: str, order: str) -> tuple[Callable[[str], Any], bool]:
    found = _KEY.fullmatch(key)
    if not found or found[1] == "0":
        raise UsageError(f"-k {key}: expected FIELD[,FIELD][nr]")
    first, last = int(found[1]), int(found[4]) if found[4] else None
    letters = (found[3] or "") + (found[5] or "") or order
    function = _by(letters)

    def part(line: str) -> Any:
        fields = line.split(separator) if separator else line.split()
        return function((separator or " ").join(fields[first - 1 : last]))

    return part, "r" in letters
