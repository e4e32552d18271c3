"""wc."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thpsh.line.filters import Call

_WIDTH = 7


def run(call: Call) -> int:
    """Count lines, words and characters."""
    options = call.options()
    chosen = [letter for letter in "lwc" if letter in options or (letter == "c" and "m" in options)] or list("lwc")
    inputs = call.inputs(options.rest)
    rows = [(_counts(text), name) for name, text in inputs]
    if len(rows) > 1:
        rows.append(({letter: sum(row[0][letter] for row in rows) for letter in "lwc"}, "total"))
    wide = len(chosen) > 1 or len(rows) > 1
    for counts, name in rows:
        numbers = " ".join(f"{counts[letter]:{_WIDTH if wide else 1}d}" for letter in chosen)
        call.out.write(f"{numbers} {name}\n" if options.rest else f"{numbers}\n")
    return 1 if call.failed else 0


def _counts(text: str) -> dict[str, int]:
    return {"l": text.count("\n"), "w": len(text.split()), "c": len(text.encode())}
