"""quit: leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Leave the shell."""
    call.session.leaving = True


COMMAND = Command(
    name="quit",
    group="Session",
    summary="leave thpsh",
    example="quit",
    arguments=no_arguments,
    run=run,
)
