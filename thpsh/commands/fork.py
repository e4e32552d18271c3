"""fork: copy a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.words import check_name
from thpsh.errors import UsageError
from thpsh.mm.fork import fork

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the parent")
    parser.add_argument("child", metavar="CHILD", help="the name of the copy")


def run(call: Call) -> None:
    """Copy a process; the child shares all pages until somebody writes."""
    name = check_name(call.option("child"), "process")
    if any(task.name == name and not task.dead for task in call.kernel.tasks.values()):
        raise UsageError(f"{name!r}: there is a process of that name")
    parent = call.task()
    call.mm(parent)
    child = fork(call.kernel, parent, name)
    call.print(f"{name}: pid {child.pid}")


COMMAND = Command(
    name="fork",
    group="Processes",
    summary="copy a process; pages are shared until one writes",
    example="fork app child",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
