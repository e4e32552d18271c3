"""The parts of a line: words, simple commands, pipelines, lists, loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Sequence


@record(frozen=True)
class Literal:
    """Text as it stands; quoted text is neither split nor matched against paths."""

    text: str
    quoted: bool = False


@record(frozen=True)
class Variable:
    """`$NAME`, `${NAME}` or `$?`."""

    name: str
    quoted: bool = False


@record(frozen=True)
class Substitution:
    """`$(line)`: what a line prints."""

    body: Script
    quoted: bool = False


@record(frozen=True)
class Number:
    """A number in `$((…))`."""

    value: int


@record(frozen=True)
class Named:
    """A variable in `$((…))`."""

    name: str


@record(frozen=True)
class Operation:
    """Two operands in `$((…))` and + - * / or % between them."""

    operator: str
    left: Expression
    right: Expression


Expression = Number | Named | Operation


@record(frozen=True)
class Arithmetic:
    """`$((expression))`: its value."""

    body: Expression
    quoted: bool = False


Part = Literal | Variable | Substitution | Arithmetic


@record(frozen=True)
class Word:
    """One word as typed, with its place for error messages."""

    parts: tuple[Part, ...]
    column: int
    source: str  # as it was typed

    @property
    def plain(self) -> str | None:
        """Its text, if it was typed without quotes and expansions."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Literal) and not self.parts[0].quoted:
            return self.parts[0].text
        return None


@record(frozen=True)
class Redirect:
    """One redirection: `operator` is <, >, >>, 2>, 2>>, &>, &>> or 2>&1 (which has no target)."""

    operator: str
    target: Word | None


@record
class Simple:
    """A command with its words, assignments before it, and redirections."""

    words: list[Word] = field(default_factory=list)
    assignments: list[tuple[str, Word]] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    source: str = ""


@record(frozen=True)
class For:
    """`for NAME in WORDS; do BODY; done`."""

    name: str
    words: tuple[Word, ...]
    body: Script
    redirects: tuple[Redirect, ...] = ()


@record(frozen=True)
class Pipeline:
    """Commands joined by `|`."""

    commands: tuple[Simple | For, ...]
    negated: bool = False


@record(frozen=True)
class AndOr:
    """Pipelines joined by `&&` and `||`: each with the operator before it (empty for the first)."""

    pipelines: tuple[tuple[str, Pipeline], ...]


@record(frozen=True)
class Script:
    """Lists one after the other."""

    lists: Sequence[AndOr]
