"""undo: take back what was typed last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.machine.history import Host


def steps_argument(parser: CommandParser) -> None:
    """How many steps."""
    parser.add_argument("count", metavar="N", type=int, nargs="?", default=1, help="how many lines (default: 1)")


def move(call: Call, step: Callable[[Host], tuple[str, Host] | None], done: str, none: str) -> None:
    """Take steps, one after the other, as far as there are any; UsageError if there is none at all."""
    session = call.session
    count = call.option("count")
    if count < 1:
        raise UsageError(f"{count}: expected 1 or more")
    for number in range(count):
        moved = step((session.machine, session.spec))
        if moved is None:
            if number:
                return
            raise UsageError(none)
        line, (machine, spec) = moved
        session.attach(machine, spec)
        call.print(f"{done}: {line}")


def run(call: Call) -> None:
    """Make the host what it was before the last lines that changed it."""
    move(call, call.session.steps.undo, "undone", "nothing to undo")


COMMAND = Command(
    name="undo",
    group="Session",
    summary="take back the last line that changed the host, ticks included",
    example="touch app buf; undo",
    arguments=steps_argument,
    run=run,
    details="Lines that only looked at something are passed over. A line is undone whole.",
)
