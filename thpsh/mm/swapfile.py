"""Swap slots: giving them out, counting who refers to them, taking them back (mm/swapfile.c)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from thpsh.mm.memcontrol import uncharge_swap
from thpsh.structs.bits import PAGES, indices, lowest, span
from thpsh.structs.counting import add_planes, nonzero, subtract_planes
from thpsh.structs.swap import SwapCluster, SwapDevice
from thpsh.structs.swap_entry import swp_entry, swp_offset, swp_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup

CLUSTER: Final = 256  # SWAPFILE_CLUSTER
_SHIFT: Final = 9


def add_swap_device(kernel: Kernel, name: str, size: int) -> SwapDevice:
    """Make a device of `size` bytes available; its priority is below all others (sys_swapon)."""
    swap = kernel.swap
    kernel.own(swap)
    number = next(n for n in range(len(swap.devices) + 1) if n not in swap.devices)
    swap.least_priority -= 1
    device = SwapDevice(number, name, swap.least_priority, size >> 12, epoch=kernel.journal.epoch)
    swap.devices[number] = device
    swap.free += device.pages
    swap.total += device.pages
    return device


def remove_swap_device(kernel: Kernel, device: SwapDevice) -> None:
    """Forget a device that nothing refers to any more; its slots count as free no longer."""
    kernel.own(kernel.swap)
    del kernel.swap.devices[device.number]


def _cluster(kernel: Kernel, device: SwapDevice, place: int) -> SwapCluster:
    """A cluster about to change; made when first used."""
    cluster = device.clusters.get(place)
    if cluster is None:
        kernel.own(device)
        cluster = device.clusters[place] = SwapCluster(epoch=kernel.journal.epoch)
    kernel.own(cluster)
    return cluster


def by_cluster(kernel: Kernel, entries: Iterable[int]) -> list[tuple[SwapDevice, int, int]]:
    """Swap entries as (device, cluster number, mask of slots); an entry that comes twice is in two masks."""
    found: list[tuple[SwapDevice, int, int]] = []
    masks: dict[tuple[int, int], int] = {}
    for entry in entries:
        offset = swp_offset(entry)
        key = (swp_type(entry), offset >> _SHIFT)
        bit = 1 << (offset & PAGES - 1)
        mask = masks.get(key, 0)
        if mask & bit:
            found.append((kernel.swap.devices[key[0]], key[1], mask))
            mask = 0
        masks[key] = mask | bit
    return found + [(kernel.swap.devices[kind], place, mask) for (kind, place), mask in masks.items()]


def _usable(device: SwapDevice, place: int) -> int:
    """The slots of a cluster that could be given out."""
    low = 1 if not place else 0
    mask = span(low, min(PAGES, device.slots - (place << _SHIFT)))
    cluster = device.clusters.get(place)
    return mask if cluster is None else mask & ~cluster.used


def _empty_cluster(device: SwapDevice) -> int | None:
    """The first place from which on 256 slots are free."""
    length = start = 0
    for place in range(device.lowest, -(-device.slots // PAGES)):
        free = _usable(device, place)
        if not free and place == device.lowest:
            device.lowest += 1
        base = place << _SHIFT
        while free:
            first = lowest(free)
            rest = free >> first
            run = lowest(~rest)
            if base + first != start + length:
                start, length = base + first, 0
            length += run
            if length >= CLUSTER:
                return start
            free &= ~span(first, first + run)
    return None


def _next_free(device: SwapDevice, offset: int) -> tuple[int, int] | None:
    """The first run of usable slots at or after a place, then from the start: (slot, length inside its cluster)."""
    last = -(-device.slots // PAGES)
    begin = offset >> _SHIFT
    for place in chain(range(begin, last), range(device.lowest, begin + 1)):
        free = _usable(device, place)
        if place == begin and offset:
            free &= ~span(0, offset & PAGES - 1)
            offset = 0
        if free:
            first = lowest(free)
            return (place << _SHIFT) + first, lowest(~(free >> first))
    return None


def get_swap_pages(kernel: Kernel, count: int) -> Iterator[tuple[SwapDevice, int, int]]:
    """Take slots as so many calls of get_swap_page would: runs (device, first slot, length), fewer when swap is full.

    The slots are marked as caching a page.
    """
    swap = kernel.swap
    kernel.own(swap)
    for device in sorted(swap.devices.values(), key=lambda device: -device.priority):
        while count and device.writable and device.inuse < device.pages:
            run = _scan_swap_map(kernel, device, count)
            if run is None:
                break
            first, length = run
            count -= length
            yield device, first, length


def _scan_swap_map(kernel: Kernel, device: SwapDevice, count: int) -> tuple[int, int] | None:
    """Find up to `count` slots that follow each other and take them (scan_swap_map)."""
    kernel.own(device)
    if not device.cluster_left:
        if device.pages - device.inuse >= CLUSTER:
            start = _empty_cluster(device)
            device.cluster_next = start if start is not None else 1
        device.cluster_left = CLUSTER
    found = _next_free(device, device.cluster_next)
    if found is None:
        return None
    first, length = found
    length = min(length, count, device.cluster_left)
    cluster = _cluster(kernel, device, first >> _SHIFT)
    cluster.cached |= span(first & PAGES - 1, (first & PAGES - 1) + length)
    device.cluster_left -= length
    device.cluster_next = first + length if first + length < device.slots else 1
    device.inuse += length
    kernel.swap.free -= length
    return first, length


def entries_of(device: SwapDevice, first: int, length: int) -> range:
    """The entries of slots that follow each other."""
    step = swp_entry(0, 1)
    start = swp_entry(device.number, first)
    return range(start, start + length * step, step)


def swap_duplicate(kernel: Kernel, entries: Iterable[int]) -> None:
    """One more page-table entry for each of some swap entries (swap_duplicate)."""
    for device, place, mask in by_cluster(kernel, entries):
        cluster = _cluster(kernel, device, place)
        more = mask & cluster.twice
        if more:
            cluster.planes = add_planes(cluster.planes, more)
        cluster.twice |= mask & cluster.once
        cluster.once |= mask


def swap_free(kernel: Kernel, entries: Iterable[int]) -> None:
    """One page-table entry less for each of some swap entries; slots nobody refers to are free (swap_free)."""
    for device, place, mask in by_cluster(kernel, entries):
        cluster = _cluster(kernel, device, place)
        shared = mask & cluster.twice
        beyond = nonzero(cluster.planes) & shared
        if beyond:
            cluster.planes = subtract_planes(cluster.planes, beyond)
        cluster.twice ^= shared ^ beyond
        cluster.once ^= mask ^ shared
        _release(kernel, device, place, (mask ^ shared) & ~cluster.cached)


def swapcache_free(kernel: Kernel, entries: Iterable[int]) -> None:
    """The swap cache no longer refers to some slots (swapcache_free)."""
    for device, place, mask in by_cluster(kernel, entries):
        cluster = _cluster(kernel, device, place)
        cluster.cached &= ~mask
        _release(kernel, device, place, mask & ~cluster.once)


def _release(kernel: Kernel, device: SwapDevice, place: int, mask: int) -> None:
    """Slots are free again; what was charged for them is given back (swap_entry_free)."""
    count = mask.bit_count()
    if not count:
        return
    cluster = device.clusters[place]
    kernel.own(device)
    kernel.own(kernel.swap)
    device.inuse -= count
    device.lowest = min(device.lowest, place)
    if device.writable:
        kernel.swap.free += count
    groups: dict[MemCgroup, int] = {}
    for slot in indices(mask):
        memcg = cluster.owners.pop(slot, None)
        if memcg is not None:
            groups[memcg] = groups.get(memcg, 0) + 1
        cluster.tags.pop(slot, None)
    for memcg, number in groups.items():
        uncharge_swap(kernel, memcg, number)


def swap_counts(kernel: Kernel, entry: int) -> int:
    """How many page-table entries refer to a swap entry (page_swapcount)."""
    cluster = kernel.swap.devices[swp_type(entry)].clusters[swp_offset(entry) >> _SHIFT]
    slot = swp_offset(entry) & PAGES - 1
    if not cluster.twice >> slot & 1:
        return cluster.once >> slot & 1
    return 2 + sum((plane >> slot & 1) << k for k, plane in enumerate(cluster.planes))


def valid_swaphandles(kernel: Kernel, entry: int) -> range:
    """The slots to read around an entry: an aligned group, as far as it is in use without a gap."""
    device = kernel.swap.devices[swp_type(entry)]
    target = swp_offset(entry)
    size = 1 << kernel.sysctl.page_cluster
    base = target & -size
    end = min(base + size, device.slots)
    base = max(base, 1)
    first = target
    while first > base and in_use(device, first - 1):
        first -= 1
    last = target + 1
    while last < end and in_use(device, last):
        last += 1
    return range(first, last)


def in_use(device: SwapDevice, offset: int) -> bool:
    """Does anything refer to a slot?"""
    cluster = device.clusters.get(offset >> _SHIFT)
    return cluster is not None and bool(cluster.used >> (offset & PAGES - 1) & 1)


def record_owner(kernel: Kernel, entries: Iterable[int], memcg: MemCgroup | None) -> None:
    """Note which group pays for the memory+swap of some slots (swap_cgroup_record)."""
    for device, place, mask in by_cluster(kernel, entries):
        cluster = _cluster(kernel, device, place)
        if memcg is None:
            for slot in indices(mask):
                cluster.owners.pop(slot, None)
        else:
            cluster.owners |= dict.fromkeys(indices(mask), memcg)


def note_swapped_out(kernel: Kernel, entries: Iterable[int], memcg: MemCgroup, tags: dict[int, int]) -> None:
    """Note who pays for slots that were written, and what they hold (swap_cgroup_record); tags by entry."""
    record_owner(kernel, entries, memcg)
    for entry, tag in tags.items():
        device = kernel.swap.devices[swp_type(entry)]
        device.clusters[swp_offset(entry) >> _SHIFT].tags[swp_offset(entry) & PAGES - 1] = tag


def owner_of_entry(kernel: Kernel, entry: int) -> MemCgroup | None:
    """The group that pays for the memory+swap of a slot (lookup_swap_cgroup)."""
    return _cluster_of(kernel, entry).owners.get(swp_offset(entry) & PAGES - 1)


def tag_of_entry(kernel: Kernel, entry: int) -> int:
    """What the page on a slot holds."""
    return _cluster_of(kernel, entry).tags.get(swp_offset(entry) & PAGES - 1, 0)


def swapcache_prepare(kernel: Kernel, entry: int) -> None:
    """Mark a slot in use as caching a page (swapcache_prepare)."""
    cluster = _cluster_of(kernel, entry)
    kernel.own(cluster)
    cluster.cached |= 1 << (swp_offset(entry) & PAGES - 1)


def _cluster_of(kernel: Kernel, entry: int) -> SwapCluster:
    return kernel.swap.devices[swp_type(entry)].clusters[swp_offset(entry) >> _SHIFT]
