"""Ctrl-C in the interactive shell: a line stops between two commands, so that the host is never left half changed.

The first Ctrl-C waits for the command that is changing the host (a matter of milliseconds, as a rule); filters and
everything else stop at once. The second one does not wait: then the line is undone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Interrupts:
    """Decides what a Ctrl-C does now."""

    def __init__(self) -> None:
        self.changing = False  # a command is at work on the host
        self.wanted = False  # Ctrl-C was typed meanwhile
        self.forced = False  # it was typed twice: the command was cut off

    def interrupt(self) -> None:
        """Ctrl-C was typed."""
        if self.changing and not self.wanted:
            self.wanted = True
            return
        self.forced = self.forced or self.changing
        raise KeyboardInterrupt

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Let what is inside end before the first Ctrl-C takes effect."""
        self.changing, self.wanted = True, False
        try:
            yield
        finally:
            self.changing = False
        if self.wanted:
            self.wanted = False
            raise KeyboardInterrupt
