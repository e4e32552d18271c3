"""exit: end a process, or leave the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.errors import Errno, KernelError
from thpsh.mm.exit import do_exit

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", nargs="?", help="the process; without it, leave thpsh")


def run(call: Call) -> None:
    """Let a process end, or leave."""
    if call.option("proc") is None:
        call.session.leaving = True
        return
    task = call.task()
    if task.mm is None or task.pid == 1:
        raise KernelError(Errno.EPERM, f"{task.name} does not exit")
    do_exit(call.kernel, task)


COMMAND = Command(
    name="exit",
    group="Processes",
    summary="end a process; without a name, leave thpsh",
    example="exit app",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
