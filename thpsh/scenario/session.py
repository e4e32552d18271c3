"""What a scenario asks of the session it is replayed on, and of the one that finds its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.machine import Machine
    from thpsh.scenario.replay import Replay


class Sink(Protocol):
    """Where text goes."""

    def write(self, text: str, /) -> object:
        """Take some text."""


class Session(Protocol):
    """A host and the words one can type at it."""

    @property
    def machine(self) -> Machine:
        """The emulated host."""

    @property
    def replay(self) -> Replay:
        """What marks and expectations remember."""

    @property
    def leaving(self) -> bool:
        """Did somebody type `quit` or `exit`?"""

    def execute(self, line: str, out: Sink, err: Sink) -> int:
        """Run one line as typed (it may hold several text lines) and return its status."""

    def command(self, argv: Sequence[str], stdin: str | None, out: Sink, err: Sink) -> int:
        """Run one command whose words are already read."""

    def peek(self, path: str) -> str:
        """The text of an emulated file; looking costs the host nothing."""

    def glob(self, pattern: str) -> list[str]:
        """The emulated paths that match a pattern."""

    def knows(self, name: str) -> bool:
        """Is there a command of that name?"""

    def check(self, argv: Sequence[str]) -> None:
        """UsageError if the words cannot be right on any host; runs nothing."""


class ScenarioFiles(Protocol):
    """Who finds and reads scenario files on the host one sits at."""

    def scenarios(self, word: str) -> list[str]:
        """The paths a FILE, FOLDER or NAME stands for; UsageError if there is none."""

    def read(self, path: str) -> str:
        """The text of a file."""

    def write(self, path: str, text: str) -> None:
        """Write a report; `-` is standard output."""
