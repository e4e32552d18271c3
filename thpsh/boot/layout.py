"""The physical layout of the default PC: which frames exist, on which node, in which zone (decisions.md §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.record import record
from thpsh.structs.bits import PAGES
from thpsh.structs.page import GIB, KIB, MIB, PAGE_SHIFT, ZoneType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thpsh.boot.spec import ZoneSpec

Frames = tuple[int, int]
"""[first, last) frames."""

_SPLIT_FROM: Final = 7 * GIB // 2  # from this size on, part of the RAM lies above 4 GiB
_LOW_END: Final = 3 * GIB
FOUR_GIB: Final = 4 * GIB >> PAGE_SHIFT
_ZONE_LIMITS: Final = {ZoneType.DMA: 16 * MIB >> PAGE_SHIFT, ZoneType.DMA32: FOUR_GIB, ZoneType.NORMAL: 1 << 52}
EBDA: Final = (0x9F, 0x100)  # the hole of the PC below 1 MiB
_FIRST: Final = 0x10
_ACPI: Final = 0x20  # frames at the end of low RAM
_DMA_RESERVED: Final = (0x9D, 0x9F)
_KERNEL_START: Final = 16 * MIB >> PAGE_SHIFT
STRUCT_PAGE: Final = 56
_SWIOTLB: Final = 64 * MIB >> PAGE_SHIFT
_PAGE_CGROUP_PER_GIB: Final = 2560  # frames
_BOOT_PAGES: Final = 1536  # slab that cannot be reclaimed, page cache of the boot, stacks and tables of a quiet host
_RECLAIMABLE_SLAB: Final = 241  # directory entries and inodes, in a pageblock of their own

# Frames of kernel image, per-cpu areas and early tables by RAM size, from the MemTotal of captured machines.
_IMAGE: Final = (
    (64 * MIB, 1068), (128 * MIB, 1070), (256 * MIB, 1071), (512 * MIB, 1074), (GIB, 1081), (2 * GIB, 1088),
    (3 * GIB, 1101), (4 * GIB, 1213), (6 * GIB, 1233), (8 * GIB, 1235), (16 * GIB, 1244),
)  # fmt: skip


@record(frozen=True)
class ZoneLayout:
    """One zone of one node, in frames."""

    node: int
    kind: ZoneType
    start: int
    spanned: int
    present: int
    usable: tuple[Frames, ...]
    reserved: tuple[Frames, ...]
    held: tuple[Frames, ...]
    reclaimable: tuple[int, ...] = ()  # pageblocks of that migrate type


def ram_of_nodes(shares: Sequence[int]) -> list[list[Frames]]:
    """The RAM of every node as ranges of frames, before holes."""
    memory = sum(shares)
    low = (memory if memory < _SPLIT_FROM else _LOW_END) >> PAGE_SHIFT
    found = []
    last = 0
    for share in shares:
        first, last = last, last + (share >> PAGE_SHIFT)
        ranges = []
        if first < low:
            ranges.append((first, min(last, low)))
        if last > low:
            ranges.append((max(first, low) - low + FOUR_GIB, last - low + FOUR_GIB))
        found.append(ranges)
    return found


def _minus(ranges: list[Frames], hole: Frames) -> list[Frames]:
    """Ranges without what lies in a hole."""
    found = []
    for first, last in ranges:
        found += [(a, b) for a, b in ((first, min(last, hole[0])), (max(first, hole[1]), last)) if a < b]
    return found


def _within(ranges: list[Frames], low: int, high: int) -> tuple[Frames, ...]:
    return tuple((max(a, low), min(b, high)) for a, b in ranges if max(a, low) < min(b, high))


def usable_ranges(shares: Sequence[int]) -> list[list[Frames]]:
    """The usable frames of every node, for so many bytes of RAM on each."""
    memory = sum(shares)
    low_end = (memory if memory < _SPLIT_FROM else _LOW_END) >> PAGE_SHIFT
    found = []
    for ranges in ram_of_nodes(shares):
        rest = ranges
        for hole in ((0, _FIRST), EBDA, (low_end - _ACPI, low_end)):
            rest = _minus(rest, hole)
        found.append(rest)
    return found


def _image(memory: int) -> int:
    for size, frames in _IMAGE:
        if memory <= size:
            return frames
    return _IMAGE[-1][1]


def _top_down(ranges: list[Frames], count: int, align: int) -> tuple[list[Frames], list[Frames]]:
    """Take `count` frames off the top of ranges: (what was taken, what is left)."""
    left, taken = list(ranges), []
    while count and left:
        first, last = left.pop()
        end = last // align * align
        begin = max(first, end - count)
        if begin >= end:
            left.append((first, last))
            break
        taken.append((begin, end))
        count -= end - begin
        left += [(a, b) for a, b in ((first, begin), (end, last)) if a < b]
        if end < last:
            break
    return sorted(taken), sorted(left)


def _reclaimable_slab(ranges: list[Frames]) -> list[Frames]:
    """The begin of the highest whole pageblock."""
    for first, last in reversed(ranges):
        start = last // PAGES * PAGES - PAGES
        if start >= first:
            return [(start, start + _RECLAIMABLE_SLAB)]
    return []


def _taken_at_boot(shares: Sequence[int], nodes: list[list[Frames]]) -> tuple[list[Frames], list[Frames], list[Frames]]:
    """What never reaches the allocator, and what it hands out while booting: (reserved, held, reclaimable slab)."""
    memory = sum(shares)
    image_end = _KERNEL_START + _image(memory)
    swiotlb_end = image_end + (_SWIOTLB if memory >= _SPLIT_FROM else 0)
    reserved: list[Frames] = [_DMA_RESERVED, (_KERNEL_START, swiotlb_end)]
    held: list[Frames] = []
    slab: list[Frames] = []
    for node, ranges in enumerate(nodes):
        memmap = -(-(shares[node] >> PAGE_SHIFT) * STRUCT_PAGE // (2 * MIB)) * PAGES
        cgroup = shares[node] * _PAGE_CGROUP_PER_GIB // GIB
        free = _minus(ranges, (0, swiotlb_end))
        vmemmap, left = _top_down(free, memmap, PAGES)
        below = _minus(left, (vmemmap[0][0], left[-1][1])) if vmemmap else left
        tables, rest = _top_down(below, cgroup + (0 if node else _BOOT_PAGES), 1)
        reserved += vmemmap
        held += tables
        if not node:
            slab = _reclaimable_slab(rest)
    return reserved, held, slab


def zone_layouts(shares: Sequence[int]) -> list[ZoneLayout]:
    """Every populated zone of a machine with so many bytes of RAM on each node, by node and address."""
    usable = usable_ranges(shares)
    reserved, held, slab = _taken_at_boot(shares, usable)
    found = []
    for node, ranges in enumerate(usable):
        low = 0
        for kind, limit in _ZONE_LIMITS.items():
            mine = _within(ranges, low, limit)
            if mine:
                found.append(
                    _zone(node, kind, mine, (max(ranges[0][0], low), min(ranges[-1][1], limit)), (reserved, held, slab))
                )
            low = limit
    return found


def captured_layouts(zones: Sequence[ZoneSpec], shares: Sequence[int]) -> list[ZoneLayout]:
    """The zones of a captured machine. Where their holes are is not known: at the end, or below 1 MiB as in a PC."""
    usable = [_captured_frames(zone) for zone in zones]
    nodes: list[list[Frames]] = [[] for _ in shares]
    for zone, ranges in zip(zones, usable, strict=True):
        nodes[zone.node] += ranges
    taken = _taken_at_boot(shares, [sorted(ranges) for ranges in nodes])
    return [
        _zone(zone.node, zone.kind, tuple(ranges), (zone.start, zone.start + zone.spanned), taken)
        for zone, ranges in zip(zones, usable, strict=True)
    ]


def _captured_frames(zone: ZoneSpec) -> list[Frames]:
    whole = [(zone.start, zone.start + zone.spanned)]
    holes = zone.spanned - zone.usable
    if zone.start < EBDA[0] and holes >= EBDA[1] - EBDA[0]:
        whole = _minus(whole, EBDA)
        holes -= EBDA[1] - EBDA[0]
    end = zone.start + zone.spanned
    return _minus(whole, (end - holes, end))


def _zone(
    node: int, kind: ZoneType, usable: tuple[Frames, ...], span: Frames, taken: tuple[list[Frames], ...]
) -> ZoneLayout:
    start, end = span
    spanned = end - start
    memmap = -(-spanned * STRUCT_PAGE // (4 * KIB))
    reserved, held, slab = (
        tuple(part for first, last in ranges for part in _within(list(usable), first, last)) for ranges in taken
    )
    present = sum(last - first for first, last in usable) - memmap
    if kind == ZoneType.DMA:
        present -= _DMA_RESERVED[1] - _DMA_RESERVED[0]
    return ZoneLayout(
        node, kind, start, spanned, present, usable, reserved, (*slab, *held), tuple(a // PAGES for a, _ in slab)
    )
