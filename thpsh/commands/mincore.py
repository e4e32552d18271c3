"""mincore: which pages are in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.mm.mincore import mincore

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Say how many pages of a range are resident."""
    task = call.task()
    start, length = call.span(task)
    report = mincore(call.kernel, task, start, length)
    call.print(f"{report.resident} of {report.pages} pages resident")


COMMAND = Command(
    name="mincore",
    group="Memory",
    summary="say which pages are in memory",
    example="mincore app buf",
    arguments=range_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
