"""Built-in filters: what an administrator puts after `|`; one table that help and completion read, too."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.errors import KernelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thpsh.line.environment import Environment, Sink


class Filter(NamedTuple):
    """One filter: its module, what it does, and a line that works."""

    module: str
    summary: str
    example: str


FILTERS: Final = {
    "grep": Filter("grep", "lines that match a pattern", "grep ^thp_ /proc/vmstat"),
    "egrep": Filter("grep", "grep -E", "egrep 'MemTotal|MemFree' /proc/meminfo"),
    "fgrep": Filter("grep", "grep -F", "fgrep kB /proc/meminfo"),
    "head": Filter("head", "the first lines", "head -n 3 /proc/meminfo"),
    "tail": Filter("head", "the last lines", "tail -n 3 /proc/meminfo"),
    "sort": Filter("sort", "lines in order", "cat /proc/vmstat | sort -k2 -n -r | head -3"),
    "uniq": Filter("uniq", "repeated lines once", "awk '/^Node/ {print $2}' /proc/zoneinfo | uniq -c"),
    "wc": Filter("wc", "count lines, words and characters", "cat /proc/vmstat | wc -l"),
    "cut": Filter("cut", "some fields or characters of each line", "cat /proc/vmstat | cut -d ' ' -f 1"),
    "tr": Filter("tr", "replace, squeeze or delete characters", "cat /proc/version | tr a-z A-Z"),
    "tee": Filter(
        "tee", "write to emulated files and pass on", "echo always | tee /sys/kernel/mm/transparent_hugepage/enabled"
    ),
    "sed": Filter("sed", "replace text (s/RE/TEXT/) or print lines (-n 3p)", "sed -n 1,3p /proc/meminfo"),
    "awk": Filter("awk", "fields, conditions, sums", "awk '/^thp_/ {s += $2} END {print s}' /proc/vmstat"),
}


def is_filter(name: str) -> bool:
    """Is it one of the built-in filters?"""
    return name in FILTERS


def run_filter(argv: Sequence[str], stdin: str | None, environment: Environment, out: Sink, err: Sink) -> int:
    """Run a filter; wrong options and bad patterns are usage errors, printed with status 2."""
    name = argv[0]
    module = import_module(f"thpsh.line.{'awk' if name == 'awk' else 'filters'}.{FILTERS[name].module}")
    run: Callable[[Call], int] = module.run
    try:
        return run(Call(argv, stdin, environment, out, err))
    except UsageError as error:
        err.write(f"{name}: {error}\n")
        return 2


class Call:
    """One call of a filter: its words and where its text comes from and goes to."""

    __slots__ = ("argv", "environment", "err", "failed", "out", "stdin")

    def __init__(self, argv: Sequence[str], stdin: str | None, environment: Environment, out: Sink, err: Sink) -> None:
        self.argv = argv
        self.stdin = stdin
        self.environment = environment
        self.out = out
        self.err = err
        self.failed = False  # a file could not be read

    @property
    def name(self) -> str:
        """The filter's name."""
        return self.argv[0]

    def text(self, path: str) -> str | None:
        """The text of a file (`-`: standard input); None after saying why it cannot be read."""
        if path == "-":
            return self.stdin or ""
        try:
            return self.environment.read(path)
        except KernelError as error:
            self.failed = True
            self.err.write(f"{self.name}: {path}: {error}\n")
            return None

    def inputs(self, paths: Sequence[str]) -> list[tuple[str, str]]:
        """(name, text) of every file that can be read; standard input when none is named."""
        if not paths and self.stdin is None:
            raise UsageError("expected a file, or something before |")
        found = []
        for path in paths or ["-"]:
            text = self.text(path)
            if text is not None:
                found.append((path, text))
        return found


def lines_of(text: str) -> list[str]:
    """The lines of a text without their newlines."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines
