"""mark: counters count from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.scenario import marks

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="a name for the place")


def run(call: Call) -> None:
    """Note all counters, for `expect … += N`."""
    marks.mark(call.session, call.option("name"))


COMMAND = Command(
    name="mark",
    group="Scenario",
    summary="count from here for `expect ... += N`",
    example="mark",
    arguments=_arguments,
    run=run,
)
