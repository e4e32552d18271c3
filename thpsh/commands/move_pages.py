"""move_pages: move a range to a node, or ask on which nodes its pages are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.commands.words import place_of
from thpsh.errors import Errno
from thpsh.mm.move_pages import move_pages
from thpsh.render.report import Report, show
from thpsh.structs.page import PAGE_SIZE, page_align

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("addr", metavar="ADDR", help="where")
    parser.add_argument("len", metavar="LEN", nargs="?", help="how much (default: the rest of the region)")
    parser.add_argument("--to", metavar="NODE", type=int, help="the node to move to (default: only ask)")
    json_argument(parser)


def run(call: Call) -> None:
    """Print the status of the pages, moved or not."""
    task = call.task()
    start, length = call.span(task)
    rows = []
    for status, count in move_pages(call.kernel, 0, task, (start, start + page_align(length)), call.option("to")):
        said = f"node{status}" if status >= 0 else Errno(-status).name
        rows.append((place_of(task, start), count, said))
        start += count * PAGE_SIZE
    show(Report(("FROM", "PAGES", "STATUS"), rows), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="move_pages",
    group="Memory",
    summary="on which nodes pages are, or move them to one",
    example="move_pages app buf 4M",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "addr": "addr", "len": "size"},
)
