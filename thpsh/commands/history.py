"""history: what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the lines typed so far with their numbers."""
    for number, line in enumerate(call.session.history, 1):
        call.print(f"{number:5d}  {line}")


COMMAND = Command(
    name="history",
    group="Session",
    summary="print the lines typed so far",
    example="history | tail -n 3",
    arguments=no_arguments,
    run=run,
)
