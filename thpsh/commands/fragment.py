"""fragment: break up free memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.command import Command
from thpsh.errors import UsageError
from thpsh.mm.fragment import fragment

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.kernel import Kernel

_ALL: Final = 100


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("percent", metavar="PERCENT", help="how much of the free 2 MiB blocks: 1 to 100")
    parser.add_argument("--unmovable", action="store_true", help="in locked pages, which compaction cannot move")


def run(call: Call) -> None:
    """Let a process hold one page of each of so many free 2 MiB blocks."""
    word = call.option("percent").removesuffix("%")
    if not word.isdecimal() or not 1 <= int(word[:4]) <= _ALL:
        raise UsageError(f"{call.option('percent')!r}: expected a whole number from 1 to 100")
    name = _free_name(call.kernel)
    report = fragment(call.kernel, name, int(word), unmovable=call.option("unmovable"))
    if report.task is None:
        call.print(f"nothing to break up: {report.free} free blocks of 2 MiB")
        return
    kind = "locked " if call.option("unmovable") else ""
    call.print(
        f"{report.broken} of {report.free} free blocks of 2 MiB have one {kind}page in use,\nheld by {name}; "
        f"`exit {name}` gives them back"
    )


def _free_name(kernel: Kernel) -> str:
    """`fragment`, or with a number where such processes live already."""
    names = {task.name for task in kernel.tasks.values() if not task.dead}
    number = 1
    while (name := f"fragment{number}" if number > 1 else "fragment") in names:
        number += 1
    return name


COMMAND = Command(
    name="fragment",
    group="Pressure",
    summary="break up free memory: one page into PERCENT of its blocks",
    example="fragment 100 --unmovable",
    arguments=_arguments,
    run=run,
    details=(
        "The machine's seed alone decides which. The kernel's Reserve blocks stay\n"
        "whole. `exit fragment` ends the process and so undoes it."
    ),
)
