"""Built-in filters: what an administrator puts after `|`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from thpsh.errors import KernelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thpsh.line.environment import Environment, Sink
    from thpsh.line.filters.options import Options


def is_filter(name: str) -> bool:
    """Is it one of the built-in filters?"""
    from thpsh.line.filters.known import FILTERS  # their table is loaded when a word is no command

    return name in FILTERS


def run_filter(argv: Sequence[str], stdin: str | None, environment: Environment, out: Sink, err: Sink) -> int:
    """Run a filter; wrong options and bad patterns are usage errors, printed with status 2."""
    from thpsh.line.filters.known import FILTERS, about

    name = argv[0]
    if list(argv[1:]) == ["--help"]:
        out.write(about(name))
        return 0
    module = import_module(f"thpsh.line.{'awk' if name == 'awk' else 'filters'}.{FILTERS[name].module}")
    run: Callable[[Call], int] = module.run
    try:
        return run(Call(argv, stdin, environment, out, err))
    except UsageError as error:
        err.write(f"{name}: {error}\n")
        return 2


class Call:
    """One call of a filter: its words and where its text comes from and goes to."""

    __slots__ = ("argv", "environment", "err", "failed", "out", "silent", "stdin")

    def __init__(self, argv: Sequence[str], stdin: str | None, environment: Environment, out: Sink, err: Sink) -> None:
        self.argv = argv
        self.stdin = stdin
        self.environment = environment
        self.out = out
        self.err = err
        self.failed = False  # a file could not be read
        self.silent = False  # of which nothing is said

    @property
    def name(self) -> str:
        """The filter's name."""
        return self.argv[0]

    def options(self) -> Options:
        """Its words, read as the table of filters says."""
        from thpsh.line.filters.known import FILTERS
        from thpsh.line.filters.options import Options

        return Options(self.argv, *FILTERS[self.name].letters())

    def text(self, path: str) -> str | None:
        """The text of a file (`-`: standard input); None after saying why it cannot be read."""
        if path == "-":
            return self.stdin or ""
        try:
            return self.environment.read(path)
        except KernelError as error:
            self.failed = True
            if not self.silent:
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
