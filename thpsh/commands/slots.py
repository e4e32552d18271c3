"""slots: how each 2 MiB slot of a region is mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.commands.words import region_of
from thpsh.observe.slots import slot_letters
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser

DETAILS = """\
  H  a huge page               h  small pages, all of them parts of huge pages
  F  512 small pages           P  some small pages
  z  only zero pages           Z  the huge zero page
  S  some swapped              X  some poisoned or migrating
  .  nothing"""


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", help="the process")
    parser.add_argument("region", metavar="REGION", help="one of its regions")
    json_argument(parser)


def run(call: Call) -> None:
    """Print a letter for each slot, then the number of present pages in each."""
    task = call.task()
    mm = call.mm(task)
    start, end = region_of(task, call.option("region"))
    found = slot_letters(call.kernel, mm, start, end) if end > start else []
    if call.option("json"):
        show(Report(("slot", "pages"), found), call.out, as_json=True)
        return
    letters = "".join(letter for letter, _ in found)
    call.print(" ".join([letters or "-", *(str(count) for _, count in found)]))


COMMAND = Command(
    name="slots",
    group="Views",
    summary="print one letter for each 2 MiB slot, then its present pages",
    details=DETAILS,
    example="slots app buf",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "region": "region"},
)
