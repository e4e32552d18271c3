"""mbind: say which nodes the memory of a range is to come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command
from thpsh.commands.node_words import parse_nodes, parse_policy, policy_arguments
from thpsh.mm.mbind import MbindRequest, Mpol, mbind

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

_FLAGS: Final = {"strict": Mpol.STRICT, "move": Mpol.MOVE, "move_all": Mpol.MOVE_ALL}
DETAILS: Final = """\
Without a switch only memory touched later follows the policy. --move splits the
huge pages of the range and migrates its small pages that nobody else maps."""


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where")
    parser.add_argument("len", metavar="LEN", help="how much")
    policy_arguments(parser)
    parser.add_argument("--move", action="store_true", help="migrate what is there")
    parser.add_argument("--move-all", action="store_true", help="also pages that other processes map")
    parser.add_argument("--strict", action="store_true", help="fail if a page is or stays on another node")


def run(call: Call) -> None:
    """Set the policy of a range."""
    task = call.task()
    start, length = call.span(task)
    flags = sum(flag for name, flag in _FLAGS.items() if call.option(name))
    nodes = parse_nodes(call.kernel, call.option("nodes"))
    mode, numbered = parse_policy(call.option("policy"))
    mbind(call.kernel, task, MbindRequest(start, length, mode, nodes, flags, numbered))


COMMAND = Command(
    name="mbind",
    group="Memory",
    summary="set the memory policy of a range",
    details=DETAILS,
    example="mbind app buf 4M preferred 0 --move",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
