"""seq: numbers in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command
from thpsh.errors import UsageError
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

_MOST: Final = 100_000


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("numbers", metavar="N", nargs="+", help="[FIRST [STEP]] LAST; sizes like 2M are numbers, too")


def run(call: Call) -> None:
    """Print the numbers from FIRST (1) to LAST by STEP (1), one a line."""
    words = call.option("numbers")
    if len(words) > 3:
        raise UsageError(f"{words[3]!r}: expected at most FIRST STEP LAST")
    numbers = [_number(word) for word in words]
    first = numbers[0] if len(numbers) > 1 else 1
    step = numbers[1] if len(numbers) == 3 else 1
    if not step:
        raise UsageError("STEP 0: expected another number")
    found = range(first, numbers[-1] + (1 if step > 0 else -1), step)
    if len(found) > _MOST:
        raise UsageError(f"{len(found)} numbers: expected at most {_MOST}")
    call.out.write("".join(f"{number}\n" for number in found))


def _number(word: str) -> int:
    return -parse_size(word[1:]) if word.startswith("-") else parse_size(word)


COMMAND = Command(
    name="seq",
    group="Files",
    summary="print numbers in order, for loops",
    example="for i in $(seq 3); do echo $((i * 2)); done",
    arguments=_arguments,
    run=run,
    usage=("seq LAST", "seq FIRST LAST", "seq FIRST STEP LAST"),
)
