"""madvise: say how memory will be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.errors import UsageError
from thpsh.mm.madvise import NAMES, madvise

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


ADVICE = {name: number for number, name in NAMES.items()}
LONGEST = 20  # digits of a number: more is no int of any machine


def _arguments(parser: CommandParser) -> None:
    range_arguments(parser)
    parser.add_argument("advice", metavar="ADVICE", help=f"{', '.join(ADVICE)}, or a number")


def run(call: Call) -> None:
    """Give advice on a range."""
    task = call.task()
    word = call.option("advice")
    number = ADVICE.get(word.lower())
    if number is None:
        if not word.removeprefix("-").isdigit() or not word.isascii() or len(word) > LONGEST:
            raise UsageError(f"{word!r}: expected {', '.join(ADVICE)}, or a number")
        number = int(word)
    start, length = call.span(task)
    madvise(call.kernel, task, start, length, number)


COMMAND = Command(
    name="madvise",
    group="Memory",
    summary="advise the kernel on a range",
    example="madvise app buf 4M hugepage",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size", "advice": "advice"},
)
