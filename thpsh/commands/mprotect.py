"""mprotect: change what memory may be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.mmap import PROTECTIONS
from thpsh.mm.mprotect import mprotect

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where")
    parser.add_argument("len", metavar="LEN", help="how much")
    parser.add_argument("prot", metavar="rw|r|none", choices=sorted(PROTECTIONS), help="the new access")


def run(call: Call) -> None:
    """Change the access to a range."""
    task = call.task()
    start, length = call.span(task)
    mprotect(call.kernel, task, start, length, PROTECTIONS[call.option("prot")])


COMMAND = Command(
    name="mprotect",
    group="Memory",
    summary="change the access to a range",
    example="mprotect app buf 2M r",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size", "prot": "prot"},
)
