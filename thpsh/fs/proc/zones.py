"""/proc/zoneinfo, buddyinfo and pagetypeinfo (mm/vmstat.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.fs.counters import value, zone_counters
from thpsh.fs.vfile import Place, VFile
from thpsh.mm.watermark import percpu_threshold
from thpsh.structs.page import MAX_ORDER, PAGEBLOCK_ORDER, MigrateType

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Node, Zone


def _zoneinfo(place: Place) -> str:
    return "".join(line + "\n" for zone in place.kernel.zones for line in _zone_lines(place.kernel, zone))


def _zone_lines(kernel: Kernel, zone: Zone) -> list[str]:
    lines = [
        f"Node {zone.node}, zone {zone.kind.label:>8s}",
        f"  pages free     {zone.free}",
        f"        min      {zone.min_wmark}",
        f"        low      {zone.low_wmark}",
        f"        high     {zone.high_wmark}",
        f"        scanned  {zone.pages_scanned}",
        f"        spanned  {zone.spanned}",
        f"        present  {zone.present}",
    ]
    lines += [f"    {name:<12s} {value(kernel, zone, name)}" for name in zone_counters(kernel)]
    lines += [f"        protection: ({', '.join(str(pages) for pages in zone.lowmem_reserve)})", "  pagesets"]
    threshold = percpu_threshold(kernel, zone)
    for cpu, pcp in enumerate(zone.pcp):
        batch = pcp.batch if pcp.high else 1
        lines += [f"    cpu: {cpu}", f"              count: {pcp.count}", f"              high:  {pcp.high}"]
        lines += [f"              batch: {batch}", f"  vm stats threshold: {threshold}"]
    lines += [
        f"  all_unreclaimable: {int(zone.all_unreclaimable)}",
        f"  start_pfn:         {zone.start_pfn}",
        f"  inactive_ratio:    {zone.inactive_ratio}",
    ]
    return lines


def _buddyinfo(place: Place) -> str:
    lines = []
    for zone in place.kernel.zones:
        counts = "".join(f"{sum(listed.nr for listed in zone.area.lists[order]):6d} " for order in range(MAX_ORDER))
        lines.append(f"Node {zone.node}, zone {zone.kind.label:>8s} {counts}\n")
    return "".join(lines)


def pageblocks_by_type(zone: Zone) -> list[int]:
    """How many pageblocks of a zone have each migrate type."""
    blocks: set[int] = set()
    count = 0
    for first, last in zone.usable:
        low, high = first >> PAGEBLOCK_ORDER, (last - 1 >> PAGEBLOCK_ORDER) + 1
        count += high - low - sum(1 for index in (low, high - 1) if index in blocks)
        blocks |= {low, high - 1}
    found = [0] * len(MigrateType)
    for kind in zone.types.values():
        found[kind] += 1
    for first, last in zone.held:
        found[MigrateType.UNMOVABLE] += max(0, (last >> PAGEBLOCK_ORDER) - (-(-first >> PAGEBLOCK_ORDER)))
    found[MigrateType.MOVABLE] = count - sum(found)
    return found


def _pagetypeinfo(place: Place) -> str:
    return "".join(line + "\n" for node in place.kernel.nodes if node.zones for line in _type_lines(node))


def _type_lines(node: Node) -> list[str]:
    """Both tables of one node; every node has its own headings."""
    orders = "".join(f"{order:6d} " for order in range(MAX_ORDER))
    lines = [
        f"Page block order: {PAGEBLOCK_ORDER}",
        f"Pages per block:  {1 << PAGEBLOCK_ORDER}",
        "",
        f"{'Free pages count per migrate type at order':<43s} {orders}",
    ]
    for zone in node.zones:
        for kind in MigrateType:
            counts = "".join(f"{zone.area.lists[order][kind].nr:6d} " for order in range(MAX_ORDER))
            lines.append(f"Node {zone.node:4d}, zone {zone.kind.label:>8s}, type {kind.label:>12s} {counts}")
    lines += ["", f"{'Number of blocks type':<23s}" + "".join(f"{kind.label:>12s} " for kind in MigrateType)]
    for zone in node.zones:
        counts = "".join(f"{count:12d} " for count in pageblocks_by_type(zone))
        lines.append(f"Node {zone.node}, zone {zone.kind.label:>8s} {counts}")
    return lines


FILES = (
    VFile("/proc/zoneinfo", _zoneinfo),
    VFile("/proc/buddyinfo", _buddyinfo),
    VFile("/proc/pagetypeinfo", _pagetypeinfo),
)
