"""swapon: add swap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.mm.swapon import swapon
from thpsh.structs.sizes import parse_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("size", metavar="SIZE", help="its size, one page of which is a header")


def run(call: Call) -> None:
    """Make a swap device of a size and use it, after those there are."""
    device = swapon(call.kernel, parse_size(call.option("size")))
    call.print(f"{device.name}: {device.pages * 4} kB of swap, priority {device.priority}")


COMMAND = Command(
    name="swapon",
    group="Pressure",
    summary="add a swap device",
    example="swapon 256M",
    arguments=_arguments,
    run=run,
)
