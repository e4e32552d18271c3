"""uptime: simulated time since boot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print how long the host is up, in simulated time."""
    seconds = call.kernel.clock.now // 10**9
    days, rest = divmod(seconds, 86400)
    since = f"{days} day{'s'[: days != 1]}, " if days else ""
    call.print(f"up {since}{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}")


COMMAND = Command(
    name="uptime",
    group="Machine",
    summary="print the simulated time since boot",
    example="uptime",
    arguments=no_arguments,
    run=run,
)
