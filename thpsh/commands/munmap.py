"""munmap: give memory back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.regions import forget_range
from thpsh.mm.mmap import munmap

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where")
    parser.add_argument("len", metavar="LEN", nargs="?", help="how much (default: the rest of the region)")


def run(call: Call) -> None:
    """Unmap a range."""
    task = call.task()
    start, length = call.span(task)
    munmap(call.kernel, task, start, length)
    forget_range(call.kernel, task, start, length)


COMMAND = Command(
    name="munmap",
    group="Memory",
    summary="unmap a range",
    example="munmap app buf+1M 4K",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
