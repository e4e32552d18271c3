"""sed: substitution and printing of lines, nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.line.filters import lines_of
from thpsh.line.filters.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.line.filters import Call

_PRINT: Final = re.compile(r"([0-9]{1,18}|\$)(?:,([0-9]{1,18}|\$))?([pd])")
_MATCHING: Final = re.compile(r"/((?:[^/\\]|\\.)*)/([pd])")


def run(call: Call) -> int:
    """Edit lines: `s/RE/TEXT/[g][i]`, `N,Mp`, `N,Md`, `/RE/p`, `/RE/d`; -n prints only what p asks for."""
    options = call.options()
    scripts = options.values.get("e", [])
    if not scripts:
        if not options.rest:
            raise UsageError("expected s/RE/TEXT/ or N,Mp")
        scripts = [options.rest.pop(0)]
    extended = "E" in options or "r" in options
    edits = [_edit(part.strip(), extended) for script in scripts for part in _parts(script)]
    lines = [line for _, text in call.inputs(options.rest) for line in lines_of(text)]
    for place, line in enumerate(lines, 1):
        _one(call, edits, (line, place, len(lines)), quiet="n" in options)
    return 1 if call.failed else 0


def _parts(script: str) -> list[str]:
    return [script] if script.startswith("s") else script.split(";")


def _one(
    call: Call, edits: list[Callable[[str, int, int], tuple[str, int]]], at: tuple[str, int, int], *, quiet: bool
) -> None:
    line, place, last = at
    copies = 0 if quiet else 1
    for edit in edits:
        line, change = edit(line, place, last)
        if change < 0:
            return
        copies += change
    call.out.write(f"{line}\n" * copies)


def _edit(script: str, extended: bool) -> Callable[[str, int, int], tuple[str, int]]:
    """One command: (line, number, last number) -> (new line, copies more; -1: delete)."""
    found = _PRINT.fullmatch(script)
    if found:
        first, last, letter = found[1], found[2] or found[1], found[3]

        def by_number(line: str, place: int, end: int) -> tuple[str, int]:
            low = end if first == "$" else int(first)
            high = end if last == "$" else int(last)
            return line, (1 if letter == "p" else -1) if low <= place <= max(low, high) else 0

        return by_number
    found = _MATCHING.fullmatch(script)
    if found:
        pattern = compiled(found[1], extended=extended)
        step = 1 if found[2] == "p" else -1
        return lambda line, _place, _last: (line, step if pattern.search(line) else 0)
    return _substitution(script, extended)


def _substitution(script: str, extended: bool) -> Callable[[str, int, int], tuple[str, int]]:
    parts = re.split(rf"(?<!\\){re.escape(script[1])}", script[2:]) if len(script) > 2 and script[0] == "s" else []
    if len(parts) != 3 or set(parts[2]) - set("gip"):
        raise UsageError(f"{script!r}: expected s/RE/TEXT/[g], N,Mp or /RE/p")
    pattern = compiled(parts[0].replace("\\" + script[1], script[1]), extended=extended, ignore_case="i" in parts[2])
    text = re.sub(r"(?<!\\)&", r"\\g<0>", parts[1]).replace(r"\&", "&").replace("\\" + script[1], script[1])
    count = 0 if "g" in parts[2] else 1
    prints = int("p" in parts[2])

    def substitute(line: str, _place: int, _last: int) -> tuple[str, int]:
        try:
            new, number = pattern.subn(text, line, count)
        except (re.error, IndexError) as error:
            raise UsageError(f"{parts[1]!r}: not a replacement: {error}") from None
        return new, prints if number else 0

    return substitute
