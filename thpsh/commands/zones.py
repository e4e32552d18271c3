"""zones: sizes and watermarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print every zone with its pages, watermarks and what it keeps from others."""
    rows = [
        (
            zone.node, zone.kind.label, zone.present, zone.managed, zone.free, zone.min_wmark, zone.low_wmark,
            zone.high_wmark, sum(cpu.count for cpu in zone.pcp), " ".join(str(pages) for pages in zone.lowmem_reserve),
        )
        for zone in call.kernel.zones
    ]  # fmt: skip
    columns = ("NODE", "ZONE", "PRESENT", "MANAGED", "FREE", "MIN", "LOW", "HIGH", "PCP", "PROTECTION")
    show(Report(columns, rows, unit="in pages of 4 KiB"), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="zones",
    group="Views",
    summary="the zones: pages, watermarks, reserves",
    example="zones",
    arguments=json_argument,
    run=run,
)
