"""ScenarioError: a mistake in a scenario file, with its place."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from thpsh.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMN: Final = re.compile(r"column (\d+)")


class ScenarioError(UsageError):
    """A scenario cannot be understood; none of its lines runs."""

    def __init__(self, file: str, line: int, column: int, said: str) -> None:
        super().__init__(f"{file}:{line}:{column}: {said}")
        self.file = file
        self.line = line
        self.column = column
        self.said = said


@contextmanager
def placed(file: str, line: int) -> Iterator[None]:
    """Give a UsageError about a command that begins on `line` its place in the file."""
    try:
        yield
    except ScenarioError:
        raise
    except UsageError as error:
        said = str(error)
        column = _COLUMN.search(said)
        raise ScenarioError(file, line, int(column[1]) if column else 1, said) from None
