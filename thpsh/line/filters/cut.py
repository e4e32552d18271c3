"""cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.line.filters import lines_of

if TYPE_CHECKING:
    from thpsh.line.filters import Call

_RANGE: Final = re.compile(r"([0-9]{0,18})(-?)([0-9]{0,18})")
_LAST: Final = 1 << 60


def run(call: Call) -> int:
    """Print some fields or characters of each line."""
    options = call.options()
    wanted = [letter for letter in "fcb" if letter in options.values]
    if len(wanted) != 1:
        raise UsageError("expected one of -f LIST or -c LIST")
    ranges = [_range(word) for word in options.value(wanted[0]).split(",")]
    delimiter = options.value("d", "\t")
    if len(delimiter) != 1:
        raise UsageError(f"-d {delimiter!r}: expected one character")
    for _, text in call.inputs(options.rest):
        for line in lines_of(text):
            if wanted[0] != "f":
                call.out.write("".join(_chosen(list(line), ranges)) + "\n")
            elif delimiter in line:
                call.out.write(delimiter.join(_chosen(line.split(delimiter), ranges)) + "\n")
            elif "s" not in options:
                call.out.write(f"{line}\n")
    return 1 if call.failed else 0


def _range(word: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(word)
    if not found or not (found[1] or found[3]) or found[1] == "0":
        raise UsageError(f"{word!r}: expected N, N-M, N- or -M")
    first = int(found[1] or 1)
    return first, int(found[3]) if found[3] else (_LAST if found[2] else first)


def _chosen(parts: list[str], ranges: list[tuple[int, int]]) -> list[str]:
    return [part for place, part in enumerate(parts, 1) if any(first <= place <= last for first, last in ranges)]
