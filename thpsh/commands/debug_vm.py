"""debug_vm: recompute every total of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.mm.debug_vm import debug_vm

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Check the host against itself; a contradiction is an error."""
    call.print(f"{debug_vm(call.kernel)} rules hold")


COMMAND = Command(
    name="debug_vm",
    group="Machine",
    summary="recompute every total from first principles and compare",
    example="debug_vm",
    arguments=no_arguments,
    run=run,
)
