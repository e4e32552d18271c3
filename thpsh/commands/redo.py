"""redo: do again what was undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command
from thpsh.commands.undo import move, steps_argument

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Make the host what it was before the last undo."""
    move(call, call.session.steps.redo, "done again", "nothing to do again")


COMMAND = Command(
    name="redo",
    group="Session",
    summary="do again what was undone last",
    example="touch app buf; undo; redo",
    arguments=steps_argument,
    run=run,
    details="A new line that changes the host ends what could be done again.",
)
