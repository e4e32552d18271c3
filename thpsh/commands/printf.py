"""printf: print words in a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.commands.escapes import unescaped
from thpsh.errors import UsageError
from thpsh.line.awk.values import arguments_of, formatted

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the words in the format, which is used again while words are left."""
    if len(call.argv) < 2:
        raise UsageError("expected a format")
    pattern, words = unescaped(call.argv[1]), list(call.argv[2:])
    taken = arguments_of(pattern)
    first = True
    while first or (words and taken):
        call.out.write(formatted(pattern, list(words[:taken])))
        words = words[taken:]
        first = False


COMMAND = Command(
    name="printf",
    group="Files",
    summary="print words in a format; no newline unless it says so",
    example="printf n > /sys/kernel/mm/transparent_hugepage/enabled",
    arguments=no_arguments,
    run=run,
    raw=True,
    usage=("printf FORMAT [WORD ...]",),
)
