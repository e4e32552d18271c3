"""slots: how each 2 MiB slot of a region is mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command, json_argument
from thpsh.commands.words import region_of
from thpsh.observe.slots import slot_letters
from thpsh.render.report import Report, show
from thpsh.render.strip import scale_for, scaled, stretches
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.task import Task

DETAILS = """\
  H  a huge page               h  small pages, all of them parts of huge pages
  F  512 small pages           P  some small pages
  z  only zero pages           Z  the huge zero page
  S  some swapped              X  some poisoned or migrating
  .  nothing"""


_RARE: Final = {"h": "small pages of huge ones", "Z": "the huge zero page", "X": "poisoned or migrating"}
_CELLS: Final = 48  # letters of one region


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("proc", metavar="PROC", nargs="?", help="the process (default: all of them)")
    parser.add_argument("region", metavar="REGION", nargs="?", help="one of its regions (default: all of them)")
    json_argument(parser)


def run(call: Call) -> None:
    """Print a letter for each slot, then the number of present pages in each; or a strip for every region."""
    if call.option("region") is None:
        _strips(call)
        return
    task = call.task()
    mm = call.mm(task)
    start, end = region_of(task, call.option("region"))
    found = slot_letters(call.kernel, mm, start, end) if end > start else []
    if call.option("json"):
        show(Report(("slot", "pages"), found), call.out, as_json=True)
        return
    letters = "".join(letter for letter, _ in found)
    call.print(" ".join([letters or "-", *(str(count) for _, count in found)]))


def _with_memory(call: Call) -> Task:
    """The process that was named; ESRCH if it is a kernel thread."""
    task = call.task()
    call.mm(task)
    return task


def _strips(call: Call) -> None:
    """Every region of one process, or of all, as a strip of letters."""
    tasks = (
        [_with_memory(call)] if call.option("proc") else [task for task in call.kernel.tasks.values() if not task.dead]
    )
    rows = []
    scales = {1}
    for task in tasks:
        mm = task.mm
        for name, region in task.regions.items() if mm is not None else ():
            if mm is None or region.end <= region.start:
                continue
            parts = stretches(letter for letter, _ in slot_letters(call.kernel, mm, region.start, region.end))
            scale = scale_for(parts[-1][0] + parts[-1][1], _CELLS)
            scales.add(scale)
            rows.append((task.name, name, format_size(region.end - region.start), scaled(parts, scale), scale * 2))
    seen = {letter for row in rows for letter in row[3]}
    notes = ["H huge  F full of small pages  P some  S in swap  z zero pages  . nothing"]
    if seen & set(_RARE):
        notes.append("  ".join(f"{letter} {text}" for letter, text in _RARE.items() if letter in seen))
    if not rows:
        notes = [
            "no process has a region yet; `mmap` makes one"
            if not call.option("proc")
            else f"{tasks[0].name} has no region yet"
        ]
    if len(scales) > 1:
        notes.append("+ stands for several that differ: MIB is how much one letter covers")
    show(Report(("PROC", "REGION", "SIZE", "SLOTS", "MIB"), rows, notes), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="slots",
    group="Views",
    summary="one letter for each 2 MiB slot: of a region, a process, or all",
    details=DETAILS,
    example="slots app buf",
    arguments=_arguments,
    run=run,
    hints={"proc": "proc", "region": "region"},
)
