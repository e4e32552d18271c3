"""kill: end a process by a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.errors import Errno, KernelError
from thpsh.mm.exit import do_exit

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")


def run(call: Call) -> None:
    """Send SIGKILL; init and kernel threads take no notice."""
    task = call.task()
    if task.mm is None or task.pid == 1:
        raise KernelError(Errno.EPERM, f"{task.name} cannot be killed")
    do_exit(call.kernel, task, "SIGKILL")


COMMAND = Command(
    name="kill",
    group="Processes",
    summary="kill a process",
    example="kill app",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
