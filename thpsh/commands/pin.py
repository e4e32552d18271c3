"""pin: hold pages as a device driver would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.mm.gup import pin

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    range_arguments(parser)
    parser.add_argument("--write", action="store_true", help="for writing: shared pages are copied first")


def run(call: Call) -> None:
    """Take references (get_user_pages)."""
    task = call.task()
    start, length = call.span(task)
    report = pin(call.kernel, task, start, length, write=call.option("write"))
    call.print(f"{report.pages} pages pinned")


COMMAND = Command(
    name="pin",
    group="Memory",
    summary="hold pages (get_user_pages)",
    example="pin app buf 64K",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
