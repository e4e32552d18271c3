"""runon: let a process, or khugepaged, run on a CPU of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.node_words import cpu_of_node

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

DAEMON = "khugepaged"


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help=f"the process, or {DAEMON}")
    parser.add_argument("node", metavar="NODE", type=int, help="the node")


def run(call: Call) -> None:
    """Move a process to the first CPU of a node; its memory stays where it is."""
    kernel = call.kernel
    who = kernel.khugepaged if call.option("proc") == DAEMON else call.task()
    cpu = cpu_of_node(kernel, call.option("node"))
    kernel.own(who)
    who.cpu = cpu


COMMAND = Command(
    name="runon",
    group="Processes",
    summary="run a process, or khugepaged, on a node",
    example="runon app 0",
    arguments=_arguments,
    run=run,
    hints={"proc": "runnable"},
)
