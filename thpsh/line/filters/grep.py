"""grep, egrep, fgrep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError
from thpsh.line.filters import lines_of
from thpsh.line.filters.regex import compiled

if TYPE_CHECKING:
    from thpsh.line.filters import Call
    from thpsh.line.filters.options import Options

_ALL: Final = 10**15


def run(call: Call) -> int:
    """Print matching lines; status 0 if there were any, 1 if none, 2 if a file could not be read."""
    options = call.options()
    patterns = options.values.get("e", [])
    if not patterns:
        if not options.rest:
            raise UsageError("expected a pattern")
        patterns = [options.rest.pop(0)]
    call.silent = "s" in options
    paths = _files(call, options.rest or ["/"]) if "r" in options else options.rest
    search = _Search(call, options, patterns, len(paths) > 1 or "r" in options)
    found = False
    for name, text in call.inputs(paths):
        found |= search.file(name, lines_of(text))
        if found and "q" in options:
            return 0
    if call.failed and not found:
        return 2
    return 0 if found else 1


def _files(call: Call, paths: list[str]) -> list[str]:
    """Paths, with all that is below a folder in its place."""
    found = []
    for path in paths:
        below = call.environment.glob(f"{path.rstrip('/')}/*")
        found += _files(call, below) if below else [path]
    return found


class _Search:
    def __init__(self, call: Call, options: Options, patterns: list[str], several: bool) -> None:
        self.call = call
        self.options = options
        self.pattern = self._joined(patterns)
        self.named = "H" in options or (several and "h" not in options)
        context = options.number("C", 0)
        self.before = options.number("B", context)
        self.after = options.number("A", context)
        self.limit = options.number("m", _ALL)

    def _joined(self, patterns: list[str]) -> re.Pattern[str]:
        options = self.options
        extended = "E" in options or self.call.name == "egrep"
        fixed = "F" in options or self.call.name == "fgrep"
        texts = [
            compiled(each, extended=extended, fixed=fixed).pattern
            for pattern in patterns
            for each in pattern.split("\n")
        ]
        joined = "|".join(f"(?:{text})" for text in texts) if len(texts) > 1 else texts[0]
        if "x" in options:
            joined = rf"^(?:{joined})$"
        elif "w" in options:
            joined = rf"(?<!\w)(?:{joined})(?!\w)"
        try:
            return re.compile(joined, re.IGNORECASE if "i" in options else 0)
        except re.error as error:
            raise UsageError(f"{patterns[0]!r}: not a pattern: {error}") from None

    def file(self, name: str, lines: list[str]) -> bool:
        """Search one file; True if it has a line to show."""
        wanted = "v" not in self.options
        hits = [place for place, line in enumerate(lines) if (self.pattern.search(line) is not None) is wanted][
            : self.limit
        ]
        if "q" in self.options:
            return bool(hits)
        shown = "(standard input)" if name == "-" else name
        if "l" in self.options or "L" in self.options:
            if bool(hits) is ("l" in self.options):
                self.call.out.write(f"{shown}\n")
        elif "c" in self.options:
            self.call.out.write(f"{shown}:{len(hits)}\n" if self.named else f"{len(hits)}\n")
        else:
            self._print(shown, lines, hits)
        return bool(hits)

    def _print(self, shown: str, lines: list[str], hits: list[int]) -> None:
        numbered = "n" in self.options
        only = "o" in self.options
        chosen = set(hits)
        previous = -1
        out = []
        for place in self._places(hits, len(lines)):
            if (self.before or self.after) and previous >= 0 and place > previous + 1:
                out.append("--\n")
            previous = place
            mark = ":" if place in chosen else "-"
            head = (f"{shown}{mark}" if self.named else "") + (f"{place + 1}{mark}" if numbered else "")
            if only:
                out += [f"{head}{match}\n" for match in self._parts(lines[place])]
            else:
                out.append(f"{head}{lines[place]}\n")
        self.call.out.write("".join(out))

    def _places(self, hits: list[int], count: int) -> list[int]:
        if not self.before and not self.after:
            return hits
        found: list[int] = []
        for hit in hits:
            first = max(hit - self.before, found[-1] + 1 if found else 0)
            found += range(first, min(hit + self.after + 1, count))
        return found

    def _parts(self, line: str) -> list[str]:
        """The matching parts of a line."""
        return [match[0] for match in self.pattern.finditer(line) if match[0]]
