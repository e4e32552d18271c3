"""Finding free swap slots (mm/swapfile.c: get_swap_page, scan_swap_map)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.swap_state import try_to_free_swap
from thpsh.mm.swapfile import by_priority, cluster_at, entries_of
from thpsh.structs.bits import PAGES, lowest, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.swap import SwapDevice

CLUSTER: Final = 256  # SWAPFILE_CLUSTER
_SHIFT: Final = 9


def new_swap_entries(kernel: Kernel, count: int) -> list[int]:
    """Slots for up to `count` pages; fewer when swap is full."""
    entries: list[int] = []
    for device, first, length in get_swap_pages(kernel, count):
        entries += entries_of(device, first, length)
    return entries


def get_swap_pages(kernel: Kernel, count: int) -> Iterator[tuple[SwapDevice, int, int]]:
    """Take slots as so many calls of get_swap_page would: runs (device, first slot, length), fewer when swap is full.

    The slots are marked as caching a page.
    """
    swap = kernel.swap
    kernel.own(swap)
    while count and swap.free > 0:
        found = _get_swap_run(kernel, min(count, swap.free))
        if found is None:
            return
        count -= found[2]
        yield found


def _get_swap_run(kernel: Kernel, count: int) -> tuple[SwapDevice, int, int] | None:
    """The first device in the order of priorities that finds a slot gives it, and as many behind it as are free."""
    for device in by_priority(kernel):
        if device.highest_bit:
            run = _scan_swap_map(kernel, device, count)
            if run is not None:
                return device, *run
    return None


def _scan_swap_map(kernel: Kernel, device: SwapDevice, count: int) -> tuple[int, int] | None:
    """Find a slot, with others that follow it, and take them (scan_swap_map)."""
    kernel.own(device)
    offset = base = device.cluster_next
    if not device.cluster_left:
        device.cluster_left = CLUSTER
        if device.pages - device.inuse >= CLUSTER:
            start = _empty_cluster(device)
            base = device.lowest_bit
            offset = base if start is None else start
    if offset > device.highest_bit:
        offset = base = device.lowest_bit
    slot = _find(kernel, device, offset, device.highest_bit)
    if slot is None:  # the kernel begins behind the lowest one
        slot = _find(kernel, device, device.lowest_bit + 1, base - 1)
    if slot is None:
        device.cluster_left -= 1
        return None
    run = lowest(~(_unused(device, slot >> _SHIFT) >> (slot & PAGES - 1)))
    length = min(run, count, device.cluster_left, device.highest_bit - slot + 1)
    _take(kernel, device, slot, length)
    return slot, length


def _take(kernel: Kernel, device: SwapDevice, slot: int, length: int) -> None:
    cluster = cluster_at(kernel, device, slot >> _SHIFT)
    cluster.cached |= span(slot & PAGES - 1, (slot & PAGES - 1) + length)
    if slot == device.lowest_bit:
        device.lowest_bit += length
    if slot + length - 1 == device.highest_bit:
        device.highest_bit -= 1
    device.inuse += length
    if device.inuse == device.pages:
        device.lowest_bit, device.highest_bit = device.slots, 0
    device.cluster_left -= length
    device.cluster_next = slot + length
    kernel.swap.free -= length


def _unused(device: SwapDevice, place: int) -> int:
    """The slots of a cluster that nothing refers to."""
    low = 1 if not place else 0
    mask = span(low, min(PAGES, device.slots - (place << _SHIFT)))
    cluster = device.clusters.get(place)
    return mask if cluster is None else mask & ~cluster.used


def _find(kernel: Kernel, device: SwapDevice, first: int, last: int) -> int | None:
    """The first slot of a range that can be had.

    Where more than half of swap is used, slots that only cache a page in memory are taken from it on the way.
    """
    for place in range(first >> _SHIFT, (last >> _SHIFT) + 1):
        begin, end = first - (place << _SHIFT), last - (place << _SHIFT) + 1
        inside = span(max(0, begin), min(PAGES, end))
        free = _unused(device, place) & inside
        idle = _only_cached(kernel, device, place) & inside
        while idle and (not free or lowest(idle) < lowest(free)):
            slot = lowest(idle)
            if _reclaim_slot(kernel, device, (place << _SHIFT) + slot):
                return (place << _SHIFT) + slot
            idle &= idle - 1
        if free:
            return (place << _SHIFT) + lowest(free)
    return None


def _only_cached(kernel: Kernel, device: SwapDevice, place: int) -> int:
    """The slots of a cluster that no page table refers to, while swap is getting full (vm_swap_full)."""
    cluster = device.clusters.get(place)
    if cluster is None or (kernel.swap.free - 1) * 2 >= kernel.swap.total:
        return 0
    return cluster.cached & ~cluster.once


def _reclaim_slot(kernel: Kernel, device: SwapDevice, slot: int) -> bool:
    """Take a slot from the page that it caches (__try_to_reclaim_swap)."""
    pfn = device.clusters[slot >> _SHIFT].frames.get(slot & PAGES - 1)
    if pfn is None:  # it has just been given out
        return False
    return bool(try_to_free_swap(kernel, kernel.block_of(pfn), 1 << (pfn & PAGES - 1)))


def _empty_cluster(device: SwapDevice) -> int | None:
    """The first place from which on 256 slots are free."""
    length = start = 0
    for place in range(device.lowest_bit >> _SHIFT, (device.highest_bit >> _SHIFT) + 1):
        free = _unused(device, place)
        base = place << _SHIFT
        while free:
            first = lowest(free)
            run = lowest(~(free >> first))
            if base + first != start + length:
                start, length = base + first, 0
            length += run
            if length >= CLUSTER:
                return start
            free &= ~span(first, first + run)
    return None
