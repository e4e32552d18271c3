"""set_mempolicy: say which nodes a process's memory is to come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.node_words import parse_nodes, parse_policy, policy_arguments
from thpsh.mm.mempolicy import set_mempolicy

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    policy_arguments(parser)


def run(call: Call) -> None:
    """Set the policy of a process."""
    nodes = parse_nodes(call.kernel, call.option("nodes"))
    mode, numbered = parse_policy(call.option("policy"))
    set_mempolicy(call.kernel, call.task(), mode, nodes, numbered)


COMMAND = Command(
    name="set_mempolicy",
    group="Memory",
    summary="set the memory policy of a process",
    example="set_mempolicy app interleave all",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
