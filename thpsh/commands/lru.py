"""lru: the LRU lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show
from thpsh.structs.page import Lru

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the sizes of all lists, and what waits in the caches of the CPUs."""
    rows = [
        (zone.node, zone.kind.label, *(zone.lruvec.lists[kind].nr_pages for kind in Lru)) for zone in call.kernel.zones
    ]
    waiting = [
        f"CPU {cpu.number}: {pagevec.nr} waiting for {pagevec.kind.name.lower()}"
        for cpu in call.kernel.cpus
        for pagevec in cpu.pagevecs
        if pagevec.nr
    ]
    columns = ("NODE", "ZONE", *(kind.name for kind in Lru))
    show(Report(columns, rows, waiting), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="lru",
    group="Views",
    summary="the LRU lists and the pages waiting before them",
    example="lru",
    arguments=json_argument,
    run=run,
)
