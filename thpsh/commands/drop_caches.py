"""drop_caches: throw clean page cache away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.mm.drop_caches import PAGE_CACHE, drop_caches

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Free the clean pages of files that nobody maps."""
    call.print(f"{drop_caches(call.kernel, PAGE_CACHE)} pages freed")


COMMAND = Command(
    name="drop_caches",
    group="Pressure",
    summary="free clean page cache, like echo 1 to drop_caches",
    example="drop_caches",
    arguments=no_arguments,
    run=run,
)
