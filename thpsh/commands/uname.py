"""uname: name and release of the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("-a", action="store_true", help="all of it")
    parser.add_argument("-r", action="store_true", help="the release")
    parser.add_argument("-s", action="store_true", help="the name of the kernel")
    parser.add_argument("-m", action="store_true", help="the kind of machine")


def run(call: Call) -> None:
    """Print what was asked for, the name alone when nothing was."""
    if call.option("a"):
        built = call.machine.selection.release.built
        call.print(f"Linux thpsh {call.kernel.release} #1 SMP {built} x86_64 GNU/Linux")
        return
    chosen = [text for name, text in (("s", "Linux"), ("r", call.kernel.release), ("m", "x86_64")) if call.option(name)]
    call.print(" ".join(chosen or ["Linux"]))


COMMAND = Command(
    name="uname",
    group="Machine",
    summary="print the kernel and its release",
    example="uname -r",
    arguments=_arguments,
    run=run,
)
