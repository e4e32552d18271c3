"""The session of the interactive shell: commands are shielded from Ctrl-C while they change the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.line.environment import Sink
    from thpsh.shell.interrupts import Interrupts


class ShellSession(Session):
    """A session whose commands end before the first Ctrl-C takes effect."""

    interrupts: Interrupts | None = None

    def checkpoint(self) -> None:
        """Stop a long command that Ctrl-C was typed at."""
        if self.interrupts is not None and self.interrupts.wanted:
            self.interrupts.wanted = False
            raise KeyboardInterrupt

    def command(self, argv: Sequence[str], stdin: str | None, out: Sink, err: Sink) -> int:
        """Run one command, shielded."""
        if self.interrupts is None or self.interrupts.changing:
            return super().command(argv, stdin, out, err)
        with self.interrupts.shield():
            return super().command(argv, stdin, out, err)
