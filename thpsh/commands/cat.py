"""cat: files of the emulated host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.errors import KernelError

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("paths", metavar="FILE", nargs="*", help="emulated files; standard input when none is named")


def run(call: Call) -> int:
    """Print files one after the other; one that cannot be read is named and the others still come."""
    paths = call.option("paths")
    if not paths:
        call.out.write(call.stdin or "")
    status = 0
    for path in paths:
        try:
            call.out.write((call.stdin or "") if path == "-" else call.read(path))
        except KernelError as error:
            call.err.write(f"cat: {path}: {error}\n" + (f"    {error.why}\n" if error.why else ""))
            status = 1
    return status


COMMAND = Command(
    name="cat",
    group="Files",
    summary="print emulated files",
    example="cat /proc/meminfo",
    arguments=_arguments,
    run=run,
    hints={"paths": "path"},
)
