"""unpin: let pinned pages go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.gup import unpin

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")


def run(call: Call) -> None:
    """Drop all references of a process."""
    call.print(f"{unpin(call.kernel, call.task())} pages let go")


COMMAND = Command(
    name="unpin",
    group="Memory",
    summary="let pinned pages go",
    example="unpin app",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
