"""debug_vm: recompute every total of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.mm.debug_damage import damage
from thpsh.mm.debug_vm import debug_vm

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Check the host against itself: a contradiction is an error. What a broken kernel did to it is listed."""
    rules = debug_vm(call.kernel)
    if call.kernel.totals.panic:
        call.print("the host stopped in the middle of something: there is nothing to compare")
        return
    found = damage(call.kernel)
    for sentence in found:
        call.print(sentence)
    call.print("the accounts agree, but this kernel has left damage" if found else f"{rules} rules hold")


COMMAND = Command(
    name="debug_vm",
    group="Machine",
    summary="recompute every total from first principles and compare",
    example="debug_vm",
    arguments=no_arguments,
    run=run,
    details="A contradiction is an error. What a kernel without some fix has done is listed.",
)
