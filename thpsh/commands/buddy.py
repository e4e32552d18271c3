"""buddy: the free lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show
from thpsh.structs.page import MAX_ORDER, MigrateType

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print how many free blocks of each order each migrate type has."""
    rows = [
        (zone.node, zone.kind.label, kind.label, *(zone.area.lists[order][kind].nr for order in range(MAX_ORDER)))
        for zone in call.kernel.zones
        for kind in MigrateType
        if any(lists[kind].nr for lists in zone.area.lists)
    ]
    columns = ("NODE", "ZONE", "TYPE", *(str(order) for order in range(MAX_ORDER)))
    show(Report(columns, rows), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="buddy",
    group="Views",
    summary="the free blocks of every zone by order and migrate type",
    example="buddy",
    arguments=json_argument,
    run=run,
)
