"""Call: one run of a command, with its words and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thpsh.commands import registry
from thpsh.commands.failure import noted
from thpsh.errors import UsageError
from thpsh.record import record

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from thpsh.commands.session import Session
    from thpsh.line.environment import Sink
    from thpsh.machine import Machine
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task


@record
class Call:
    """What a command is given: its parsed words, the session, and where its text comes from and goes to."""

    session: Session
    argv: Sequence[str]
    options: argparse.Namespace
    stdin: str | None
    out: Sink
    err: Sink

    @property
    def machine(self) -> Machine:
        """The emulated host."""
        return self.session.machine

    @property
    def kernel(self) -> Kernel:
        """Its kernel."""
        return self.session.machine.kernel

    def option(self, name: str) -> Any:
        """The value of an argument."""
        return getattr(self.options, name)

    def task(self, name: str = "proc") -> Task:
        """The living process that an argument names; a frozen one can be looked at, but does nothing."""
        from thpsh.commands.words import living_task  # with what it needs, it is loaded when a process is named
        from thpsh.mm.freezer import FREEZER

        task = living_task(self.kernel, self.option(name))
        command = registry.find(self.argv[0])
        if task.waiting == FREEZER and command is not None and command.group in ("Memory", "Processes"):
            raise UsageError(f"{task.name} is frozen: `thaw` lets it go on")
        return task

    def mm(self, task: Task) -> Mm:
        """The address space of a process."""
        from thpsh.commands.words import mm_of

        return mm_of(task)

    def span(self, task: Task) -> tuple[int, int]:
        """The range that the arguments ADDR and LEN name; LEN defaults to the rest of the region."""
        from thpsh.commands.words import parse_span

        self.mm(task)
        return parse_span(task, self.option("addr"), self.option("len"))

    def read(self, path: str) -> str:
        """The text of an emulated file; reading it is a part of what the command costs."""
        self.kernel.clock.spend(self.kernel.cost.file_access)
        with noted(self.session, "cat", path):
            return self.session.vfs.read(path)

    def print(self, text: str) -> None:
        """Print a line."""
        self.out.write(f"{text}\n")


def draw(call: Call, run: Callable[[Call], int | None]) -> int | None:
    """Run a view and draw what it prints into the file that `--svg` names."""
    from thpsh.line.environment import Capture
    from thpsh.render.picture import picture

    kept = call.out = Capture()
    status = run(call)
    place = list(call.argv).index("--svg")
    title = " ".join([*call.argv[:place], *call.argv[place + 2 :]])
    call.session.host_files.write(call.option("svg"), picture(title, kept.text.splitlines()))
    return status
