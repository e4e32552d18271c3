"""guest: use memory as the guest of a virtual machine does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.mm.guest import guest_access

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    range_arguments(parser)
    parser.add_argument("--read", action="store_true", help="read instead of write")


def run(call: Call) -> None:
    """Access a range through a secondary MMU."""
    task = call.task()
    start, length = call.span(task)
    report = guest_access(call.kernel, task, start, length, write=not call.option("read"))
    call.print(f"{report.pages} pages used by the guest")


COMMAND = Command(
    name="guest",
    group="Memory",
    summary="use memory through a secondary MMU, as a guest of KVM does",
    example="guest app buf 2M",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
    details=(
        "The young bits of the process' own page tables stay as they are: since\n"
        "change 23 khugepaged asks the secondary MMU, before such memory looked idle."
    ),
)
