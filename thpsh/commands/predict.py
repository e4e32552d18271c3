"""predict: answer the question of a lesson before its outcome is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.taking import current, typist
from thpsh.errors import UsageError
from thpsh.scenario.course import answer, go_on

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("value", metavar="VALUE", nargs="+", help="what the question asks for")


def run(call: Call) -> None:
    """Take the answer, run what it was about, and go on."""
    course = current(call.session)
    if not course.asked:
        raise UsageError("no question is open")
    answer(course, " ".join(call.option("value")), call.session, typist(call.session), call.out)
    go_on(course, call.session, typist(call.session), call.out)


COMMAND = Command(
    name="predict",
    group="Learning",
    summary="answer the question of a lesson",
    example="lesson 1; predict 1",
    arguments=_arguments,
    run=run,
)
