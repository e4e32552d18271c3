"""inject: let something fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.errors import UsageError
from thpsh.mm.fault_inject import POINTS, arm
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("point", metavar="POINT", nargs="?", choices=tuple(POINTS), help="where something goes wrong")
    parser.add_argument("number", metavar="N", nargs="?", help="at which passing from now; off: not at all")
    json_argument(parser)


def run(call: Call) -> None:
    """Arm a point, or list them all with what is armed."""
    point, number = call.option("point"), call.option("number")
    if point is None:
        armed = call.kernel.tables.inject
        rows = [(name, armed.get(name, "-"), what) for name, what in POINTS.items()]
        show(Report(("POINT", "IN", "WHAT HAPPENS"), rows), call.out, as_json=call.option("json"))
        return
    if number != "off" and not (number and number.isascii() and number.isdigit() and 0 < int(number) < 10**9):
        raise UsageError(f"{number or 'nothing after ' + point}: expected a number from 1, or off")
    arm(call.kernel, point, 0 if number == "off" else int(number))


COMMAND = Command(
    name="inject",
    group="Machine",
    summary="let something fail, the Nth time it is tried",
    example="inject vma_alloc 2; inject",
    arguments=_arguments,
    run=run,
    usage=("inject", "inject POINT N|off"),
    details="Without words: all points, and in how many passings each will fail.",
)
