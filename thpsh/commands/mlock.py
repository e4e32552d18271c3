"""mlock: fault memory in and keep it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.mlock import mlock

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where")
    parser.add_argument("len", metavar="LEN", nargs="?", help="how much (default: the rest of the region)")


def run(call: Call) -> None:
    """Fault memory in and keep it there."""
    task = call.task()
    start, length = call.span(task)
    mlock(call.kernel, task, start, length)


COMMAND = Command(
    name="mlock",
    group="Memory",
    summary="fault memory in and keep it there",
    example="mlock app buf 64K",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
