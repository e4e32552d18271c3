"""drain: empty the per-CPU caches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.mm.page_alloc import drain_all_pages
from thpsh.mm.pagevec import lru_add_drain_all

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Move waiting pages to the LRU lists, and free pages held per CPU to the buddy lists."""
    call.kernel.clock.spend(call.kernel.cost.syscall)
    lru_add_drain_all(call.kernel)
    drain_all_pages(call.kernel)


COMMAND = Command(
    name="drain",
    group="Pressure",
    summary="empty the LRU caches and page lists of all CPUs",
    example="drain",
    arguments=no_arguments,
    run=run,
)
