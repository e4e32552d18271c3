"""migratepages: move all that a process has on some nodes to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.node_words import NODES, parse_nodes
from thpsh.mm.migrate_to_node import migratepages

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

DETAILS = """\
What others hold cannot move, nor can pages of the program itself: they lie in
the boot image."""


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("old", metavar="FROM", help=f"nodes: {NODES}")
    parser.add_argument("new", metavar="TO", help="nodes; the first of FROM goes to the first of these, and so on")


def run(call: Call) -> None:
    """Migrate a process's pages, as root on the first CPU."""
    kernel = call.kernel
    old, new = parse_nodes(kernel, call.option("old")), parse_nodes(kernel, call.option("new"))
    left = migratepages(kernel, 0, call.task(), old, new)
    call.print(f"{left} pages could not be moved" if left else "all pages moved")


COMMAND = Command(
    name="migratepages",
    group="Memory",
    summary="move a process's pages to other nodes; huge ones become small",
    details=DETAILS,
    example="migratepages app 0 0",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc"},
)
