"""What the kernel says of memory while it boots (mm/page_alloc.c: free_area_init_nodes, free_area_init_core).

The lines of Linux 3.0 about memory, in its order; those about other hardware are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.boot.layout import EBDA, FOUR_GIB, STRUCT_PAGE, Frames, ram_of_nodes
from thpsh.mm.watermark import zone_batchsize
from thpsh.mm.zonelist import zonelists_text
from thpsh.structs.page import KIB, PAGE_SHIFT, PAGE_SIZE, ZoneType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.boot.spec import MachineSpec
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import Zone

_PAGE_KB: Final = PAGE_SIZE // KIB
_CODE, _DATA, _INIT = 2296, 1112, 428  # kB of the kernel image of the captured machines
_DMA_END: Final = 0x1000
_LOW_RAM_END: Final = 0x9FC00  # bytes; the BIOS keeps the last KiB below 640 KiB
_ROM: Final = 0xF0000
_FIRMWARE: Final = 0xFFFC0000


def boot_log(kernel: Kernel, spec: MachineSpec, banner: str) -> str:
    """The lines from the banner to the memory that is available."""
    lines = [banner, f"Command line: {spec.cmdline}"]
    if not spec.zones:
        ram = ram_of_nodes(spec.shares)
        lines += _e820(ram, [frames for zone in kernel.zones for frames in zone.usable])
        if kernel.build.numa and spec.nodes > 1:
            lines += _srat(kernel, ram)
    if kernel.build.numa:
        lines += _initmem(kernel)
    lines += [*_zone_ranges(kernel), *_nodes(kernel), *zonelists_text(kernel)]
    return "\n".join([*lines, f"Kernel command line: {spec.cmdline}", _memory(kernel)])


def ready_log() -> str:
    """The line after that, when the code that ran once is freed."""
    return f"Freeing unused kernel memory: {_INIT}k freed"


def _e820(ram: list[list[Frames]], usable: list[Frames]) -> Iterator[str]:
    """The memory map of the firmware: what is RAM, and what of it the firmware keeps."""
    yield "BIOS-provided physical RAM map:"
    ranges = [frames for node in ram for frames in node]
    low = max(last for _, last in ranges if last <= FOUR_GIB) << PAGE_SHIFT
    end = max(last for _, last in usable if last <= FOUR_GIB) << PAGE_SHIFT
    rows = [
        (0, _LOW_RAM_END, "usable"),
        (_LOW_RAM_END, EBDA[0] + 1 << PAGE_SHIFT, "reserved"),
        (_ROM, EBDA[1] << PAGE_SHIFT, "reserved"),
        (EBDA[1] << PAGE_SHIFT, end, "usable"),
        (end, low, "reserved"),
        (_FIRMWARE, FOUR_GIB << PAGE_SHIFT, "reserved"),
    ]
    top = max(last for _, last in ranges)
    if top > FOUR_GIB:
        rows.append((FOUR_GIB << PAGE_SHIFT, top << PAGE_SHIFT, "usable"))
    for first, last, kind in rows:
        yield f" BIOS-e820: {first:016x} - {last:016x} ({kind})"
    yield f"e820 update range: {0:016x} - {0x10000:016x} (usable) ==> (reserved)"
    yield f"e820 remove range: {0xA0000:016x} - {0x100000:016x} (usable)"


def _srat(kernel: Kernel, ram: list[list[Frames]]) -> Iterator[str]:
    """Which CPUs and which RAM belong to which node, and how the kernel joins the RAM of each."""
    for cpu in kernel.cpus:
        yield f"SRAT: PXM {cpu.node} -> APIC 0x{cpu.number:02x} -> Node {cpu.node}"
    blocks = [_without_rom([(a << PAGE_SHIFT, b << PAGE_SHIFT) for a, b in ranges]) for ranges in ram]
    for node, ranges in enumerate(blocks):
        for first, last in ranges:
            yield f"SRAT: Node {node} PXM {node} {first:x}-{last:x}"
    for node, ranges in enumerate(blocks):
        start, end = ranges[0]
        for first, last in ranges[1:]:
            yield f"NUMA: Node {node} [{start:x},{end:x}) + [{first:x},{last:x}) -> [{start:x},{last:x})"
            end = last


def _without_rom(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of bytes without the hole of the PC below 1 MiB."""
    hole = (EBDA[0] + 1 << PAGE_SHIFT, EBDA[1] << PAGE_SHIFT)
    if ranges[0][0]:
        return ranges
    return [(0, hole[0]), (hole[1], ranges[0][1]), *ranges[1:]]


def _initmem(kernel: Kernel) -> Iterator[str]:
    """From where to where the memory of each node goes."""
    for node in kernel.nodes:
        if node.zones:
            first = node.zones[0].usable[0][0] if node.nid else 0
            last = node.zones[-1].usable[-1][1]
            yield f"Initmem setup node {node.nid} {first << PAGE_SHIFT:016x}-{last << PAGE_SHIFT:016x}"


def _zone_ranges(kernel: Kernel) -> Iterator[str]:
    """From which frame to which the zones go, on all nodes, and the frames there are."""
    end = max(zone.usable[-1][1] for zone in kernel.zones)
    first = kernel.zones[0].usable[0][0]
    yield "Zone PFN ranges:"
    for kind, limit in ((ZoneType.DMA, _DMA_END), (ZoneType.DMA32, FOUR_GIB), (ZoneType.NORMAL, end)):
        last = max(first, limit)
        yield f"  {kind.label:<8s} " + (f"0x{first:08x} -> 0x{last:08x}" if first < last else "empty")
        first = last
    yield "Movable zone start PFN for each node"
    active = [(node.nid, *frames) for node in kernel.nodes for frames in _joined(node.zones)]
    yield f"early_node_map[{len(active)}] active PFN ranges"
    for nid, first, last in active:
        yield f"  {nid:3d}: 0x{first:08x} -> 0x{last:08x}"


def _joined(zones: tuple[Zone, ...]) -> list[Frames]:
    """The usable frames of a node, whatever their zone."""
    found: list[Frames] = []
    for zone in zones:
        for first, last in zone.usable:
            if found and found[-1][1] == first:
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
    return found


def _nodes(kernel: Kernel) -> Iterator[str]:
    """How many pages each zone of each node has, after what describes them (free_area_init_core)."""
    for node in kernel.nodes:
        yield f"On node {node.nid} totalpages: {sum(_usable(zone) for zone in node.zones)}"
        for zone in node.zones:
            memmap = -(-zone.spanned * STRUCT_PAGE // PAGE_SIZE)
            reserved = _usable(zone) - memmap - zone.present
            yield f"  {zone.kind.label} zone: {memmap} pages used for memmap"
            if reserved:
                yield f"  {zone.kind.label} zone: {reserved} pages reserved"
            yield f"  {zone.kind.label} zone: {zone.present} pages, LIFO batch:{zone_batchsize(zone.present)}"


def _usable(zone: Zone) -> int:
    return sum(last - first for first, last in zone.usable)


def _memory(kernel: Kernel) -> str:
    """How much is available, and what became of the rest (mem_init); the initial code is freed later."""
    end = max(zone.usable[-1][1] for zone in kernel.zones) * _PAGE_KB
    absent = end - sum(_usable(zone) for zone in kernel.zones) * _PAGE_KB
    free = kernel.totals.total_pages * _PAGE_KB - _INIT
    return (
        f"Memory: {free}k/{end}k available ({_CODE}k kernel code, {absent}k absent, {end - absent - free}k reserved, "
        f"{_DATA}k data, {_INIT}k init)"
    )
