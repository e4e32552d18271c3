"""exec: a new program in a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.exec import DEFAULT_ARGS, execve
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("--args", metavar="SIZE", help="bytes of arguments and environment (default 8K)")
    parser.add_argument("--stack", metavar="SIZE", help="how large its stack may get from now on (ulimit -s)")


def run(call: Call) -> None:
    """Replace the program; its memory is gone."""
    task = call.task()
    mm = call.mm(task)
    size, stack = call.option("args"), call.option("stack")
    if stack is not None:
        call.kernel.own(mm)
        mm.stack_limit = parse_size(stack)
    execve(call.kernel, task, DEFAULT_ARGS if size is None else parse_size(size))


COMMAND = Command(
    name="exec",
    group="Processes",
    summary="replace the program of a process",
    example="exec app --args 64K",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "args": "size", "stack": "size"},
)
