"""head and tail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from thpsh.line.filters import Call

DEFAULT = 10
LONGEST = 18  # digits; a number of more is larger than any text


def run(call: Call) -> int:
    """Print the first or last lines, or characters, of each file."""
    options = call.options()
    unit, word = (
        ("c", options.value("c"))
        if "c" in options.values
        else ("n", options.value("n", options.value("#", str(DEFAULT))))
    )
    inputs = call.inputs(options.rest)
    for place, (name, text) in enumerate(inputs):
        if (len(inputs) > 1 and "q" not in options) or "v" in options:
            call.out.write(f"{chr(10) if place else ''}==> {name} <==\n")
        parts = list(text) if unit == "c" else text.splitlines(keepends=True)
        call.out.write("".join(_cut(call.name, parts, word)))
    return 1 if call.failed else 0


def _cut(name: str, parts: list[str], word: str) -> list[str]:
    sign, digits = (word[0], word[1:]) if word[:1] in ("+", "-") else ("", word)
    if not digits.isascii() or not digits.isdigit():
        raise UsageError(f"{word}: expected a number")
    count = len(parts) + 1
    if len(digits) <= LONGEST:
        count = min(int(digits), count)
    if name == "head":
        return parts[: max(0, len(parts) - count)] if sign == "-" else parts[:count]
    if sign == "+":
        return parts[max(0, count - 1) :]
    return parts[max(0, len(parts) - count) :]
