"""swapoff: bring everything back from swap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.swapoff import swapoff

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("device", metavar="DEVICE", nargs="?", help="as in /proc/swaps (default all of them)")


def run(call: Call) -> None:
    """Read what is on a swap device back into memory and do without it."""
    kernel = call.kernel
    word = call.option("device")
    names = [word] if word is not None else [device.name for device in kernel.swap.devices.values()]
    if not names:
        call.print("there is no swap")
    for name in names:
        device = next((device for device in kernel.swap.devices.values() if device.name == name), None)
        pages = device.inuse if device is not None else 0
        swapoff(kernel, kernel.tasks[1], name)
        call.print(f"{name}: {pages} pages came back")


COMMAND = Command(
    name="swapoff",
    group="Pressure",
    summary="bring all pages back from swap and do without it",
    example="swapoff",
    arguments=_arguments,
    run=run,
    hints={"device": "swap"},
)
