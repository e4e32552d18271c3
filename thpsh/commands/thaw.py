"""thaw: let everything go on after freeze."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.mm.freezer import thaw_processes

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Let frozen tasks go on."""
    call.print(f"{thaw_processes(call.kernel)} tasks go on")


COMMAND = Command(
    name="thaw",
    group="Pressure",
    summary="let frozen processes and daemons go on",
    example="thaw",
    arguments=no_arguments,
    run=run,
)
