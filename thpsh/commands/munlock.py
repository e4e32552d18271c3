"""munlock: let memory go again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.mm.mlock import munlock

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Let memory go again."""
    task = call.task()
    start, length = call.span(task)
    munlock(call.kernel, task, start, length)


COMMAND = Command(
    name="munlock",
    group="Memory",
    summary="let memory go again",
    example="munlock app buf 64K",
    arguments=range_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
