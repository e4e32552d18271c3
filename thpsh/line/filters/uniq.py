"""uniq."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from thpsh.line.filters import lines_of

if TYPE_CHECKING:
    from thpsh.line.filters import Call


def run(call: Call) -> int:
    """Print adjacent equal lines once, with their number, only repeated ones, or only single ones."""
    options = call.options()
    lines = [line for _, text in call.inputs(options.rest[:1]) for line in lines_of(text)]
    for _, group in groupby(lines, key=str.lower if "i" in options else None):
        same = list(group)
        if ("d" in options and len(same) < 2) or ("u" in options and len(same) > 1):
            continue
        call.out.write(f"{len(same):7d} {same[0]}\n" if "c" in options else f"{same[0]}\n")
    return 1 if call.failed else 0
