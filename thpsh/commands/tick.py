"""tick: let simulated time pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.passing import let_pass
from thpsh.structs.sizes import parse_duration

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("duration", metavar="DURATION", type=str, help="500ms, 10s, 2m, 1h; a bare number is seconds")


def run(call: Call) -> None:
    """Move the clock; daemons run when they are due."""
    let_pass(call, parse_duration(call.option("duration")))


COMMAND = Command(
    name="tick",
    group="Machine",
    summary="let simulated time pass",
    example="tick 10s",
    arguments=_arguments,
    run=run,
    hints={"duration": "duration"},
)
