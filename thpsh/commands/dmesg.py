"""dmesg: the kernel log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the kernel log."""
    call.out.write(call.machine.dmesg.text())


COMMAND = Command(
    name="dmesg",
    group="Machine",
    summary="print the kernel log",
    example="dmesg | tail -n 3",
    arguments=no_arguments,
    run=run,
)
