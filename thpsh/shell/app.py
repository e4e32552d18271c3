"""The interactive shell: cmd2 reads, completes and remembers lines; the session runs them.

Every line goes to the session as it was typed. None of cmd2's own commands is ever reached, so nothing of them that
reads or writes the host (shell, edit, scripts, history files, redirection, clipboard) exists here.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import cmd2
from prompt_toolkit.application import get_app

from thpsh.line.parser import incomplete
from thpsh.shell.completion import complete_word
from thpsh.shell.interrupts import Interrupts

if TYPE_CHECKING:
    from thpsh.shell.session import ShellSession

PROMPT: Final = "thpsh> "
CONTINUED: Final = "> "
INTERRUPTED: Final = 130


class Shell(cmd2.Cmd):
    """cmd2's line editor with our session behind it."""

    # What cmd2 brings of its own is unreachable (see above); without these names it is not even listed.
    do_edit = do_help = do_history = do_quit = None  # type: ignore[assignment]  # closed
    do_run_pyscript = do_run_script = do__relative_run_script = None  # type: ignore[assignment]  # closed
    do_set = do_shell = do_shortcuts = None  # type: ignore[assignment]  # closed

    def __init__(self, session: ShellSession) -> None:
        super().__init__(
            allow_cli_args=False,
            allow_clipboard=False,
            allow_redirection=False,
            complete_in_thread=False,
            shortcuts={},
            terminators=[],
            intro=banner(session),
        )
        self.session = session
        self.prompt = PROMPT
        self.continuation_prompt = CONTINUED
        self.interrupts = session.interrupts = Interrupts()

    def onecmd_plus_hooks(self, line: str, **_: Any) -> bool:
        """Run a line as typed; True ends the shell."""
        if line == "_eof":
            self.stdout.write("\n")
            return True
        if line.strip():
            self._run(line)
        return self.session.leaving

    def _run(self, line: str) -> None:
        """Let the session run the line; Ctrl-C stops it and keeps the host."""
        try:
            self.session.execute(line, sys.stdout, sys.stderr)
        except KeyboardInterrupt:
            self.session.status = INTERRUPTED
            sys.stderr.write("\n")
            self._recover()
        except Exception as error:
            self.session.status = 1
            sys.stderr.write(f"internal error: {type(error).__name__}: {error}\n")
        sys.stdout.flush()

    def _recover(self) -> None:
        """After a command was cut off by force: the host is what it was before the line."""
        session = self.session
        if not self.interrupts.forced:
            return
        self.interrupts.forced = False
        if session.stepped:
            session.attach(*session.steps.cancel((session.machine, session.spec)))
            sys.stderr.write("the command was cut off halfway: the host is what it was before the line\n")

    def complete(self, text: str, line: str, begidx: int, *_: Any, **__: Any) -> cmd2.Completions:
        """The words that could stand here."""
        found = complete_word(self.session, line[:begidx], text)
        items = [
            cmd2.CompletionItem(word.text, display=word.shown or word.text, display_meta=word.meta)
            for word in found.words
        ]
        return cmd2.Completions(items, allow_finalization=found.final)

    def sigint_handler(self, _signum: int, _frame: Any) -> None:
        """Ctrl-C while a command runs."""
        self.interrupts.interrupt()

    def _should_continue_multiline(self) -> bool:
        """Does the typed text need another line (an open quote, `for` without `done`)?"""
        return incomplete(get_app().current_buffer.text)


def banner(session: ShellSession) -> str:
    """What a new shell says about its host."""
    kernel = session.machine.kernel
    gib = kernel.totals.total_pages * 4096 / (1 << 30)
    nodes = f"{len(kernel.nodes)} node{'s' if len(kernel.nodes) > 1 else ''}"
    cpus = f"{len(kernel.cpus)} CPU{'s' if len(kernel.cpus) > 1 else ''}"
    return f"Linux {kernel.release} (emulated), {gib:.1f} GiB, {nodes}, {cpus}. Type `help`; Ctrl-D leaves."


def run_shell(session: ShellSession) -> int:
    """Run the interactive shell until it is left; returns the exit status."""
    previous = signal.getsignal(signal.SIGINT)
    try:
        Shell(session).cmdloop()
    finally:
        signal.signal(signal.SIGINT, previous)
    return session.status
