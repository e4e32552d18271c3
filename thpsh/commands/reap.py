"""reap: the dead leave the process table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.mm.exit import reap

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Remove dead processes from `ps`."""
    call.print(f"{reap(call.kernel)} reaped")


COMMAND = Command(
    name="reap",
    group="Machine",
    summary="remove dead processes from the process table",
    example="reap",
    arguments=no_arguments,
    run=run,
)
