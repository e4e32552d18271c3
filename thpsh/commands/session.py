"""Session: a host and what one can type at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from thpsh.commands import registry
from thpsh.commands.call import Call, draw
from thpsh.commands.failure import Failure, failure_of, noted
from thpsh.commands.typed_line import TypedLine
from thpsh.errors import KernelError, KernelPanic, ModelBug, UsageError
from thpsh.fs.vfs import Vfs
from thpsh.line.interpreter import Interpreter
from thpsh.machine.history import History
from thpsh.observe.counters import counters
from thpsh.scenario.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thpsh.boot import MachineSpec
    from thpsh.commands.command import Command
    from thpsh.line.environment import Sink
    from thpsh.machine import Machine
    from thpsh.scenario.course import Course

FAILED: Final = 1
USAGE: Final = 2
_OF_THE_LIVING: Final = ("Processes", "Memory", "Pressure")


class HostDoor(Protocol):
    """The host files that a user names on purpose, and programs of the host, if allowed."""

    def read(self, path: str) -> str:
        """The text of a host file."""

    def write(self, path: str, text: str) -> None:
        """Write a host file."""

    def tree(self, folder: str, wanted: Callable[[str], bool]) -> dict[str, str]:
        """The texts of the wanted files below a host folder."""

    def scenarios(self, word: str) -> list[str]:
        """The scenario files a word stands for."""

    def shipped(self) -> list[str]:
        """The names of the shipped scenarios."""

    def lessons(self) -> list[str]:
        """The files of the shipped course, in order."""

    def read_state(self, name: str) -> str:
        """What the user's state folder keeps under a name; empty if nothing."""

    def write_state(self, name: str, text: str) -> None:
        """Keep a text in the user's state folder."""

    def apps(self) -> dict[str, str]:
        """The paths of the shipped apps by name."""


class Session:
    """One host with its commands, files, variables and history. It is the line room's environment."""

    def __init__(
        self, machine: Machine, files: HostDoor, spec: MachineSpec | None = None, pipe: Pipe | None = None
    ) -> None:
        self.machine = machine
        self.host_files = files
        self.spec = spec
        self.pipe = pipe
        self.vfs = Vfs(machine)
        self.replay = Replay()
        self.interpreter = Interpreter(self)
        self.first_spec = spec  # of the host the session began on
        self.history: list[str] = []
        self.typed: list[TypedLine] = []  # the same lines with what became of them
        self.steps = History()
        self.stepped = False  # was the last line a step that can be undone?
        self.leaving = False
        self.course: Course | None = None  # the lesson that is being taken
        self.courses: list[Course] = []  # all that were begun
        self.failure: Failure | None = None  # of the last command that failed
        self.failed_with: dict[str, Failure] = {}  # by errno, the last command that ended with it
        self.status = 0  # of the last line: what to leave with
        self.before_last = self.before = counters(
            machine.kernel, machine.vm_events
        )  # before the last command, for `stat`, and before this one
        self.after: Callable[[Session], None] | None = None  # runs after every command; tests check the host here

    def attach(self, machine: Machine, spec: MachineSpec | None) -> None:
        """Go on with another, freshly booted host."""
        self.machine = machine
        self.spec = spec
        self.vfs = Vfs(machine)
        self.before_last = self.before = counters(machine.kernel, machine.vm_events)

    def execute(self, line: str, out: Sink, err: Sink) -> int:
        """Run what was typed and return its status."""
        self.history.append(line)
        self.steps.begin(line, (self.machine, self.spec))
        failed = self.failure
        try:
            self.status = self.interpreter.run(line, out, err)
        finally:
            self.stepped = self.steps.end((self.machine, self.spec))
            errno = self.failure.errno if self.failure is not None and self.failure is not failed else ""
            step = self.steps.steps[-1] if self.stepped else None
            self.typed.append(TypedLine(line, self.status, errno, step))
        if self.course is not None:
            from thpsh.commands.taking import after_line

            after_line(self, out)
        return self.status

    def knows(self, name: str) -> bool:
        """Is there a command of that name?"""
        return registry.find(name) is not None

    def check(self, argv: Sequence[str]) -> None:
        """UsageError if the words of a command cannot be right on any host."""
        command = registry.find(argv[0])
        if command is None:
            raise UsageError(f"{argv[0]}: command not found")
        _options(command, argv)
        if argv[0] == "fails" and len(argv) > 1:
            from thpsh.scenario import fails

            fails.check_name(argv[1])

    def command(self, argv: Sequence[str], stdin: str | None, out: Sink, err: Sink) -> int:
        """Run one command; errors are printed as a Linux user knows them."""
        name = argv[0]
        command = registry.find(name)
        if command is None:
            err.write(f"{name}: command not found\n")
            return 127
        if self.machine.kernel.totals.panic and command.group in _OF_THE_LIVING and name != "ps":
            err.write(f"{name}: the host has stopped; `boot` or `reset` starts another\n")
            return FAILED
        if list(argv[1:]) == ["--help"] and not command.raw:
            out.write(command.help())
            return 0
        self.before_last, self.before = self.before, counters(self.machine.kernel, self.machine.vm_events)
        if command.group == "Machine":
            self.steps.act()
        try:
            call = Call(self, argv, _options(command, argv), stdin, out, err)
            status = (draw(call, command.run) if getattr(call.options, "svg", None) else command.run(call)) or 0
        except UsageError as error:
            text = str(error)
            self.note_failure(argv, error)
            err.write(f"{text}\n" if text.startswith(f"{name}: ") else f"{name}: {text}\n")
            status = USAGE
        except KernelError as error:
            self.note_failure(argv, error)
            err.write(f"{name}: {error}\n" + (f"    {error.why}\n" if error.why else ""))
            status = FAILED
        except KernelPanic as error:
            err.write(f"{error}\n    the host has stopped; `boot` or `reset` starts another\n")
            return FAILED
        except (ModelBug, RecursionError) as error:
            err.write(f"{name}: internal contradiction: {error}\n")
            status = FAILED
        try:
            self.finish()
        except KernelPanic as error:
            err.write(f"{error}\n    the host has stopped; `boot` or `reset` starts another\n")
            return FAILED
        return status

    def note_failure(self, argv: Sequence[str], error: Exception) -> None:
        """Remember it for `why`."""
        self.failure = failure_of(argv, error)
        self.failed_with[self.failure.errno] = self.failure

    def checkpoint(self) -> None:
        """A long command may be stopped here: the host is whole."""

    def finish(self) -> None:
        """End a command: time passes, and whoever checks the host does."""
        self.machine.finish()
        if self.after is not None:
            self.after(self)

    def read(self, path: str) -> str:
        """The text of an emulated file, read by a process."""
        kernel = self.machine.kernel
        kernel.clock.spend(kernel.cost.file_access)
        with noted(self, "cat", path):
            text = self.vfs.read(path)
        self.finish()
        return text

    def peek(self, path: str) -> str:
        """The text of an emulated file for who checks the host from outside: no time passes."""
        return self.vfs.read(path)

    def write(self, path: str, text: str, *, append: bool) -> None:
        """One write to an emulated file; /proc and /sys know no difference between `>` and `>>`."""
        del append
        kernel = self.machine.kernel
        kernel.clock.spend(kernel.cost.file_access)
        with noted(self, "echo", text.strip(), ">", path):
            self.vfs.write(path, text)
        self.finish()

    def glob(self, pattern: str) -> list[str]:
        """The emulated paths that match a pattern."""
        return self.vfs.glob(pattern) if pattern.startswith("/") else []

    def host_pipe(self, argv: Sequence[str], text: str, out: Sink) -> int:
        """Hand text to a program of the host, where the shell was started with --host-pipes."""
        if self.pipe is None:
            raise UsageError(f"{argv[0]}: no such command; programs of the host need `thpsh --host-pipes`")
        return self.pipe(argv, text, out)

    def failed(self, errno: str, line: str, status: int, error: str, out: Sink, err: Sink) -> int:
        """Judge `fails ERRNO line`; what the line said is shown, since it was expected."""
        from thpsh.scenario import expect, fails

        outcome = fails.judge(self, errno, line, status, error)
        out.write(error)
        if outcome.held:
            return 0
        err.write("\n".join(expect.outcome_lines(outcome)) + "\n")
        return FAILED


class Pipe(Protocol):
    """A program of the host at the end of a pipeline."""

    def __call__(self, argv: Sequence[str], text: str, out: Sink, /) -> int:
        """Run it with text as its input; returns its status."""


def _options(command: Command, argv: Sequence[str]) -> Any:
    """The words of a command as its parser reads them."""
    if command.raw:
        return None
    words = list(argv[1:])
    if words.count("--") > 1:
        raise UsageError(f"{argv[0]}: '--': expected only once, before words that begin with -")
    return command.parser().parse_intermixed_args(words)
