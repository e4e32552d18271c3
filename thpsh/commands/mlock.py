"""mlock: fault memory in and keep it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.mm.mlock import mlock

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Fault memory in and keep it there."""
    task = call.task()
    start, length = call.span(task)
    mlock(call.kernel, task, start, length)


COMMAND = Command(
    name="mlock",
    group="Memory",
    summary="fault memory in and keep it there",
    example="mlock app buf 64K",
    arguments=range_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
