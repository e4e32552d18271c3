"""get_mempolicy: which policy memory has, or on which node a page is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.words import parse_address
from thpsh.fs.proc.pid.numa_maps import policy_text
from thpsh.mm.get_mempolicy import get_mempolicy, get_mempolicy_node
from thpsh.record import replace

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", nargs="?", help="the policy there, which may be another one")
    parser.add_argument("--node", action="store_true", help="the node of the page there, faulted in if need be")


def run(call: Call) -> None:
    """Print a policy as numa_maps does, or a node."""
    task = call.task()
    word = call.option("addr")
    address = parse_address(task, word)[0] if word else None
    if call.option("node"):
        call.print(f"node{get_mempolicy_node(call.kernel, task, address)}")
    else:
        policy = get_mempolicy(call.kernel, task, address)
        if policy is not None and policy.asked:
            policy = replace(policy, nodes=policy.asked)  # the nodes of the call come back, not those they became
        call.print(policy_text(policy))


COMMAND = Command(
    name="get_mempolicy",
    group="Memory",
    summary="the memory policy of a process or an address",
    example="get_mempolicy app buf",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr"},
)
