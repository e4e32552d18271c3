"""fails: a command that must fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.errors import UsageError

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> int:
    """Reached only without a command to run: the line room runs what follows ERRNO itself."""
    raise UsageError(f"{call.argv[0]}: expected ERRNO and a command")


COMMAND = Command(
    name="fails",
    group="Scenario",
    summary="run a command that must fail with an errno, or end by a signal",
    usage=("fails ERRNO|SIGNAL COMMAND ...",),
    example="fails EINVAL madvise app buf 4K 99",
    arguments=no_arguments,
    run=run,
    raw=True,
)
