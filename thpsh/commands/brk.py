"""brk: resize the heap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.mmap import brk
from thpsh.structs.sizes import format_size, parse_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("size", metavar="SIZE", help="the size the heap gets")


def run(call: Call) -> int:
    """Move the end of the heap; brk answers with where it is then, never with an errno."""
    task = call.task()
    mm = call.mm(task)
    wanted = mm.start_brk + parse_size(call.option("size"))
    found = brk(call.kernel, task, wanted)
    call.print(f"heap: {mm.start_brk:#x}, {format_size(mm.brk - mm.start_brk)}")
    if found != wanted:
        call.err.write("brk: Cannot allocate memory (ENOMEM)\n    the heap stays where it was\n")
        return 1
    return 0


COMMAND = Command(
    name="brk",
    group="Memory",
    summary="resize the heap",
    example="brk app 4M",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "size": "size"},
)
