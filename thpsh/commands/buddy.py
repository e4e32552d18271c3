"""buddy: the free lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show
from thpsh.render.strip import bar, percent
from thpsh.structs.page import HPAGE_ORDER, MAX_ORDER, PAGE_SHIFT, MigrateType
from thpsh.structs.sizes import format_size

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.commands.command import CommandParser
    from thpsh.structs.kernel import Kernel


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("--bars", action="store_true", help="the share of each order in the free memory of its zone")
    json_argument(parser)


def run(call: Call) -> None:
    """Print how many free blocks of each order each migrate type has, or how free memory is spread over the orders."""
    report = _shares(call.kernel) if call.option("bars") else _blocks(call.kernel)
    show(report, call.out, as_json=call.option("json"))


def _blocks(kernel: Kernel) -> Report:
    rows = [
        (zone.node, zone.kind.label, kind.label, *(zone.area.lists[order][kind].nr for order in range(MAX_ORDER)))
        for zone in kernel.zones
        for kind in MigrateType
        if any(lists[kind].nr for lists in zone.area.lists)
    ]
    return Report(("NODE", "ZONE", "TYPE", *(str(order) for order in range(MAX_ORDER))), rows)


def _shares(kernel: Kernel) -> Report:
    rows: list[tuple[int | str | float, ...]] = []
    notes = []
    for zone in kernel.zones:
        blocks = [sum(lists[kind].nr for kind in MigrateType) for lists in zone.area.lists]
        free = sum(number << order for order, number in enumerate(blocks))
        for order, number in enumerate(blocks):
            if number:
                pages, size = number << order, format_size(1 << order + PAGE_SHIFT)
                row = (order, size, number, pages << PAGE_SHIFT - 10, percent(pages, free), bar(pages, free))
                rows.append((zone.node, zone.kind.label, *row))
        huge = sum(number << order for order, number in enumerate(blocks) if order >= HPAGE_ORDER)
        notes.append(
            f"node {zone.node} {zone.kind.label}: {percent(huge, free)} % of {free << PAGE_SHIFT - 10} kB free in "
            "blocks of 2 MiB and more"
        )
    return Report(("NODE", "ZONE", "ORDER", "BLOCK", "BLOCKS", "FREE kB", "SHARE %", "BAR"), rows, notes)


COMMAND = Command(
    name="buddy",
    group="Views",
    summary="the free blocks of every zone by order and migrate type",
    example="buddy; buddy --bars",
    arguments=_arguments,
    run=run,
    details="What lies in the page lists of the CPUs is in no block; `drain` empties them.",
)
