"""freeze: stop everything, as before a suspend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.mm.freezer import freeze_processes

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Freeze processes and daemons."""
    call.print(f"{freeze_processes(call.kernel)} tasks frozen")


COMMAND = Command(
    name="freeze",
    group="Pressure",
    summary="stop all processes and freezable daemons, as before a suspend",
    example="freeze",
    arguments=no_arguments,
    run=run,
    details="khugepaged and ksmd go on before change 22. `thaw` lets all go on.",
)
