"""say: narration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the words."""
    call.print(" ".join(call.argv[1:]))


COMMAND = Command(
    name="say",
    group="Scenario",
    summary="print words, as the teacher of a scenario",
    example="say now look at the slots",
    arguments=no_arguments,
    run=run,
    raw=True,
    usage=("say TEXT",),
)
