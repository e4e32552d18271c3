"""Zones and nodes of a booting machine, with all free memory on the lists (free_area_init_core, free_all_bootmem)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.boot.layout import Frames, ZoneLayout, captured_layouts, zone_layouts
from thpsh.mm.buddy import free_pageblock, set_small
from thpsh.mm.watermark import calculate_normal_threshold, zone_batchsize
from thpsh.mm.zonelist import build_zonelists
from thpsh.structs.bits import PAGES, span
from thpsh.structs.page import MAX_ORDER, PAGEBLOCK_ORDER, MigrateType
from thpsh.structs.pageblock import Pageblock
from thpsh.structs.zone import Node, PerCpuPages, Zone

if TYPE_CHECKING:
    from thpsh.boot.spec import MachineSpec
    from thpsh.structs.kernel import Kernel

LOCAL_DISTANCE: Final = 10
REMOTE_DISTANCE: Final = 20
_PCP_HIGH: Final = 6  # times the batch


def build_zones(spec: MachineSpec) -> tuple[Zone, ...]:
    """The populated zones; their free lists are still empty."""
    layouts = captured_layouts(spec.zones, spec.shares) if spec.zones else zone_layouts(spec.shares)
    return tuple(_zone(layout, spec.cpus) for layout in layouts)


def _zone(layout: ZoneLayout, cpus: int) -> Zone:
    usable = sum(last - first for first, last in layout.usable)
    managed = usable - sum(last - first for first, last in layout.reserved)
    zone = Zone(
        layout.node, layout.kind, layout.start, layout.spanned, layout.present, layout.usable, layout.reserved,
        layout.held, managed,
    )  # fmt: skip
    batch = zone_batchsize(zone.present)
    zone.pcp = [PerCpuPages(_PCP_HIGH * batch, max(1, batch)) for _ in range(cpus)]
    zone.stat_threshold = calculate_normal_threshold(cpus, zone.present)
    if zone.start_pfn % PAGES:
        zone.types[zone.start_pfn >> PAGEBLOCK_ORDER] = MigrateType.UNMOVABLE
    for index in layout.reclaimable:
        zone.types[index] = MigrateType.RECLAIMABLE
    return zone


def build_nodes(spec: MachineSpec, zones: tuple[Zone, ...]) -> tuple[Node, ...]:
    """The nodes, each with its CPUs, distances and zonelist."""
    cpu_nodes = nodes_of_cpus(spec)
    nodes = tuple(
        Node(
            nid,
            tuple(zone for zone in zones if zone.node == nid),
            tuple(cpu for cpu, node in enumerate(cpu_nodes) if node == nid),
            _distances(spec, nid),
        )
        for nid in range(spec.nodes)
    )
    build_zonelists(nodes, "default")
    return nodes


def nodes_of_cpus(spec: MachineSpec) -> list[int]:
    """The node of each CPU: dealt out one by one, or as the machine's nodes say."""
    if spec.node_list:
        return [nid for nid, node in enumerate(spec.node_list) for _ in range(node.cpus)]
    return [cpu % spec.nodes for cpu in range(spec.cpus)]


def _distances(spec: MachineSpec, nid: int) -> tuple[int, ...]:
    if spec.node_list and spec.node_list[nid].distance:
        return spec.node_list[nid].distance
    return tuple(LOCAL_DISTANCE if other == nid else REMOTE_DISTANCE for other in range(spec.nodes))


def free_all(kernel: Kernel) -> None:
    """Put every frame that is neither reserved nor taken at boot on the free lists."""
    for zone in kernel.zones:
        for first, last in zone.usable:
            taken = sorted(part for part in (*zone.reserved, *zone.held) if first <= part[0] < last)
            for hole_first, hole_last in (*taken, (last, last)):
                _free_range(kernel, zone, (first, hole_first))
                first = max(first, hole_last)
        _finish_virgin(zone)


def _free_range(kernel: Kernel, zone: Zone, frames: Frames) -> None:
    first, last = frames
    if first >= last:
        return
    zone.free += last - first
    low, high = -(-first // PAGES), last // PAGES
    if low > high:
        _free_part(kernel, zone, first, last)
        return
    _free_part(kernel, zone, first, low * PAGES)
    _free_part(kernel, zone, high * PAGES, last)
    if low < high and low & 1:
        free_pageblock(kernel, zone, low, zone.migratetype(low))
        low += 1
    if low < high and high & 1:
        high -= 1
        free_pageblock(kernel, zone, high, zone.migratetype(high))
    if low < high:
        zone.area.virgin.append((low, high))


def _free_part(kernel: Kernel, zone: Zone, first: int, last: int) -> None:
    if first >= last:
        return
    index = first >> PAGEBLOCK_ORDER
    block = zone.pageblocks.get(index)
    if block is None:
        block = zone.pageblocks[index] = Pageblock(index, zone)
    kind = zone.migratetype(index)
    free = block.free[kind].mask if block.free else 0
    set_small(kernel, block, kind, free | span(first - (index << PAGEBLOCK_ORDER), last - (index << PAGEBLOCK_ORDER)))


def _finish_virgin(zone: Zone) -> None:
    listed = zone.area.lists[MAX_ORDER - 1][MigrateType.MOVABLE]
    listed.nr += sum(last - first for first, last in zone.area.virgin) // 2
