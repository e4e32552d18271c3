"""What the line room asks of the session it works for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Sink(Protocol):
    """Where text goes."""

    def write(self, text: str, /) -> object:
        """Take some text."""


class Environment(Protocol):
    """The commands and emulated files that a line can name."""

    @property
    def leaving(self) -> bool:
        """Has somebody asked to leave the shell?"""

    def command(self, argv: Sequence[str], stdin: str | None, out: Sink, err: Sink) -> int:
        """Run a command, which prints its own errors to `err`, and return its status."""

    def knows(self, name: str) -> bool:
        """Is there a command of that name?"""

    def read(self, path: str) -> str:
        """The text of an emulated file; KernelError as open or read would give."""

    def write(self, path: str, text: str, *, append: bool) -> None:
        """Put text into an emulated file by one write system call; KernelError."""

    def glob(self, pattern: str) -> list[str]:
        """The emulated paths that match a pattern, sorted."""

    def host_pipe(self, argv: Sequence[str], text: str, out: Sink) -> int:
        """Hand text to a program of the host, if that was allowed; UsageError otherwise."""

    def check(self, argv: Sequence[str]) -> None:
        """UsageError if the words of a command cannot be right on any host."""

    def failed(self, errno: str, line: str, status: int, error: str, out: Sink, err: Sink) -> int:
        """Judge `fails ERRNO line`: it ended with a status and said this on its error stream."""


class Capture:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str, /) -> object:
        """Keep some text."""
        self.parts.append(text)
        return len(text)

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self.parts)


class Nothing:
    """/dev/null."""

    def write(self, text: str, /) -> object:
        """Forget the text."""
        return len(text)
