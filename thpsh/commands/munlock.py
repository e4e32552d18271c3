"""munlock: let memory go again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.mlock import munlock

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where")
    parser.add_argument("len", metavar="LEN", nargs="?", help="how much (default: the rest of the region)")


def run(call: Call) -> None:
    """Let memory go again."""
    task = call.task()
    start, length = call.span(task)
    munlock(call.kernel, task, start, length)


COMMAND = Command(
    name="munlock",
    group="Memory",
    summary="let memory go again",
    example="munlock app buf 64K",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
