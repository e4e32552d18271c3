"""free: memory at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print totals in kB."""
    kernel = call.kernel
    total = kernel.totals.total_pages
    left = sum(zone.free for zone in kernel.zones)
    cached = sum(zone.stat.nr_file_pages for zone in kernel.zones)
    shared = sum(zone.stat.nr_shmem for zone in kernel.zones)
    swap = kernel.swap
    rows = [
        ("Mem:", total * 4, (total - left) * 4, left * 4, shared * 4, (cached - swap.cached) * 4),
        ("Swap:", swap.total * 4, (swap.total - swap.free) * 4, swap.free * 4, 0, swap.cached * 4),
    ]
    show(
        Report(("", "total", "used", "free", "shared", "cached"), rows, unit="in kB"),
        call.out,
        as_json=call.option("json"),
    )


COMMAND = Command(
    name="free",
    group="Views",
    summary="memory in use and free, in kB",
    example="free",
    arguments=json_argument,
    run=run,
)
