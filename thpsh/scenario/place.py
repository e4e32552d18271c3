"""ScenarioError: a mistake in a scenario file, with its place."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WHERE: Final = re.compile(r"(?:line (\d+), )?column (\d+): ")  # how the line room names a place


class ScenarioError(UsageError):
    """A scenario cannot be understood; none of its lines runs."""

    def __init__(self, file: str, line: int, column: int, said: str) -> None:
        super().__init__(f"{file}:{line}:{column}: {said}")
        self.file = file
        self.line = line
        self.column = column
        self.said = said


@contextmanager
def placed(file: str, line: int, column: int = 1) -> Iterator[None]:
    """Give a UsageError about a command that begins at a line and column its place in the file."""
    try:
        yield
    except ScenarioError:
        raise
    except UsageError as error:
        said = str(error)
        found = _WHERE.match(said)
        if found:
            line, column, said = line + int(found[1] or 1) - 1, int(found[2]), said[found.end() :]
        raise ScenarioError(file, line, column, said) from None
