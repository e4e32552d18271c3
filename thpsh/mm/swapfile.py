"""Swap slots: giving them out, counting who refers to them, taking them back (mm/swapfile.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.memcontrol import uncharge_swap
from thpsh.structs.bits import PAGES, indices, lowest
from thpsh.structs.counting import add_planes, nonzero, subtract_planes
from thpsh.structs.swap import SwapCluster, SwapDevice
from thpsh.structs.swap_entry import swp_entry, swp_offset, swp_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup

_SHIFT: Final = 9


def add_swap_device(kernel: Kernel, name: str, size: int) -> SwapDevice:
    """Make a device of `size` bytes available; its priority is below all others (sys_swapon)."""
    swap = kernel.swap
    kernel.own(swap)
    number = next(n for n in range(len(swap.devices) + 1) if n not in swap.devices)
    slots = size >> 12
    device = SwapDevice(number, name, 0, slots, highest_bit=slots - 1, epoch=kernel.journal.epoch)
    swap.devices = dict(sorted({**swap.devices, number: device}.items()))
    enable_swap_device(kernel, device)
    return device


def enable_swap_device(kernel: Kernel, device: SwapDevice) -> None:
    """Let a device give out slots, after all others (enable_swap_info)."""
    swap = kernel.swap
    kernel.own(swap)
    kernel.own(device)
    swap.least_priority -= 1
    device.priority = swap.least_priority
    device.writable = True
    swap.free += device.pages
    swap.total += device.pages


def disable_swap_device(kernel: Kernel, device: SwapDevice) -> None:
    """Let a device give out no slots any more; those after it move up. What is on it makes nr_swap_pages go down."""
    swap = kernel.swap
    kernel.own(swap)
    kernel.own(device)
    for other in by_priority(kernel):
        if other.priority < device.priority:
            kernel.own(other)
            other.priority, device.priority = device.priority, device.priority - 1
    swap.least_priority += 1
    device.writable = False
    swap.free -= device.pages
    swap.total -= device.pages


def by_priority(kernel: Kernel) -> list[SwapDevice]:
    """The devices that give out slots, in the order in which they are asked (swap_list)."""
    devices = [device for device in kernel.swap.devices.values() if device.writable]
    return sorted(devices, key=lambda device: -device.priority)


def remove_swap_device(kernel: Kernel, device: SwapDevice) -> None:
    """Forget a device that nothing refers to any more."""
    kernel.own(kernel.swap)
    del kernel.swap.devices[device.number]


def cluster_at(kernel: Kernel, device: SwapDevice, place: int) -> SwapCluster:
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


def entries_of(device: SwapDevice, first: int, length: int) -> range:
    """The entries of slots that follow each other."""
    step = swp_entry(0, 1)
    start = swp_entry(device.number, first)
    return range(start, start + length * step, step)


def swap_duplicate(kernel: Kernel, entries: Iterable[int]) -> None:
    """One more page-table entry for each of some swap entries (swap_duplicate)."""
    for device, place, mask in by_cluster(kernel, entries):
        cluster = cluster_at(kernel, device, place)
        more = mask & cluster.twice
        if more:
            cluster.planes = add_planes(cluster.planes, more)
        cluster.twice |= mask & cluster.once
        cluster.once |= mask


def swap_free(kernel: Kernel, entries: Iterable[int]) -> None:
    """One page-table entry less for each of some swap entries; slots nobody refers to are free (swap_free)."""
    for device, place, mask in by_cluster(kernel, entries):
        cluster = cluster_at(kernel, device, place)
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
        cluster = cluster_at(kernel, device, place)
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
    device.lowest_bit = min(device.lowest_bit, (place << _SHIFT) + lowest(mask))
    device.highest_bit = max(device.highest_bit, (place << _SHIFT) + mask.bit_length() - 1)
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
        cluster = cluster_at(kernel, device, place)
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
