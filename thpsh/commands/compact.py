"""compact: put free memory together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.errors import UsageError
from thpsh.mm.compaction import compact_node

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("node", metavar="NODE", nargs="?", help="only this node, as its file `compact` does")


def run(call: Call) -> None:
    """Compact all memory, or that of one node, and say how many pages moved."""
    nodes = call.kernel.nodes
    word = call.option("node")
    if word is not None:
        if not word.isdecimal() or int(word[:9]) >= len(nodes):
            raise UsageError(f"{word!r}: expected a node, 0 to {len(nodes) - 1}")
        nodes = (nodes[int(word)],)
    for node in nodes:
        report = compact_node(call.kernel, 0, node)
        failed = f", {report.failed} could not be moved" if report.failed else ""
        call.print(f"node {node.nid}: {report.moved} pages moved{failed}")


COMMAND = Command(
    name="compact",
    group="Pressure",
    summary="move pages together, like a write to compact_memory",
    example="compact",
    arguments=_arguments,
    run=run,
)
