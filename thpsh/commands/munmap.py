"""munmap: give memory back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, range_arguments
from thpsh.commands.regions import forget_range
from thpsh.mm.mmap import munmap

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Unmap a range."""
    task = call.task()
    start, length = call.span(task)
    munmap(call.kernel, task, start, length)
    forget_range(call.kernel, task, start, length)


COMMAND = Command(
    name="munmap",
    group="Memory",
    summary="unmap a range",
    example="munmap app buf+1M 4K",
    arguments=range_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
