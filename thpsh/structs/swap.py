"""Swap devices and what lies on them (struct swap_info_struct, linux/swap.h; struct swap_cgroup)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.structs.page_cache import AddressSpace
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.memcg import MemCgroup


@record(eq=False)
class SwapCluster(Versioned):
    """512 slots of a device as masks; a slot is in use while an entry or the swap cache refers to it (swap_map)."""

    once: int = 0  # in at least one page-table entry
    twice: int = 0
    planes: tuple[int, ...] = ()  # number of entries - 2 in bit planes
    cached: int = 0  # SWAP_HAS_CACHE
    frames: dict[int, int] = field(default_factory=dict)  # slot -> frame number of its page in the swap cache
    owners: dict[int, MemCgroup] = field(default_factory=dict)  # slot -> group charged for memory+swap
    tags: dict[int, int] = field(default_factory=dict)  # slot -> content tag, where it is not zeros

    @property
    def used(self) -> int:
        """The slots in use."""
        return self.once | self.cached


@record(eq=False)
class SwapDevice(Versioned):
    """One swap device; slot 0 is its header."""

    number: int  # the type of its entries
    name: str
    priority: int
    slots: int  # slot numbers are below this; usable are all but the header
    lowest_bit: int = 1  # where a search begins; no slot below it is free
    highest_bit: int = 0  # where it ends; 0: all slots are in use
    inuse: int = 0
    cluster_next: int = 1  # where the search for a slot goes on
    cluster_left: int = 0  # slots to go before a new cluster is looked for
    clusters: dict[int, SwapCluster] = field(default_factory=dict)  # slot >> 9
    writable: bool = True  # SWP_WRITEOK: gives out slots

    @property
    def pages(self) -> int:
        """The slots that can hold a page."""
        return self.slots - 1


@record(eq=False)
class Swap(Versioned):
    """All swap devices, and the totals of swap and swap cache."""

    devices: dict[int, SwapDevice] = field(default_factory=dict)  # by number
    least_priority: int = 0
    free: int = 0  # nr_swap_pages; below 0 while a device that is much used is taken away
    total: int = 0  # total_swap_pages
    cached: int = 0  # total_swapcache_pages
    add_total: int = 0
    del_total: int = 0
    space: AddressSpace = field(default_factory=lambda: AddressSpace(swap_backed=True))  # of pages not mapped yet
    shmem: dict[AddressSpace, None] = field(default_factory=dict)  # files with pages in swap (shmem_swaplist)
    find_success: int = 0
    find_total: int = 0

    @property
    def full(self) -> bool:
        """Is more than half of it used, so that slots of cached pages are given back early (vm_swap_full)?"""
        return self.free * 2 < self.total
