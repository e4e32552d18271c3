"""reset: the same machine, freshly booted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.boot import boot
from thpsh.commands.command import Command, no_arguments

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Boot the machine of this session once more."""
    session = call.session
    session.attach(boot(session.spec), session.spec)


COMMAND = Command(
    name="reset",
    group="Machine",
    summary="boot the same machine again",
    example="reset",
    arguments=no_arguments,
    run=run,
)
