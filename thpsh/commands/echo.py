"""echo: print words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.commands.escapes import unescaped

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the words with blanks between them; -n: no newline, -e: with escapes."""
    words = list(call.argv[1:])
    options = ""
    while words and len(words[0]) > 1 and words[0][0] == "-" and set(words[0][1:]) <= set("neE"):
        options += words.pop(0)[1:]
    text = " ".join(words)
    if "e" in options:
        text = unescaped(text)
    call.out.write(text + ("" if "n" in options else "\n"))


COMMAND = Command(
    name="echo",
    group="Files",
    summary="print words; with > FILE, one write to an emulated file",
    example="echo never > /sys/kernel/mm/transparent_hugepage/enabled",
    arguments=no_arguments,
    run=run,
    raw=True,
    usage=("echo [-n] [-e] [WORD ...]",),
)
