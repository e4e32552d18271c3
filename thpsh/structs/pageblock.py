"""Pageblock: the 512 page frames of one 2 MiB block as masks (struct page, page_cgroup; linux/mm_types.h).

A pageblock whose frames are all free has no object: it lives in the order-9 or order-10 lists of its zone. Bit i of
every mask is the frame `index * 512 + i`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from array import array

    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.ksm import StableNode
    from thpsh.structs.lru import LruEntry
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.zone import Zone


class Owner(NamedTuple):
    """Frames with one mapping and one memcg (page->mapping, page->index, page_cgroup->mem_cgroup).

    The index (page offset) of frame i is `delta + i`; where delta is None it stands in `Pageblock.offsets`.
    """

    mask: int
    mapping: AnonVma | AddressSpace
    memcg: MemCgroup | None  # None: not charged (any more)
    delta: int | None


class FreeBlocks(NamedTuple):
    """The free frames of a pageblock on the lists of one migrate type."""

    mask: int
    starts: tuple[int, ...]  # per order 0 … 8: the first frames of its blocks


@record(eq=False)
class RareFlags(Versioned):
    """What few pageblocks ever have; a missing object means none of it."""

    pins: dict[int, int] = field(default_factory=dict)  # frame -> references of get_user_pages, of memory failure, …
    swap: dict[int, int] = field(default_factory=dict)  # frame -> swap entry, while in the swap cache
    tags: dict[int, int] = field(default_factory=dict)  # frame -> content tag, where it is not the block's main tag
    hwpoison: int = 0  # flagged, whatever they are used for; the allocator may have them
    lost: int = 0  # in nobody's hands and on no list: the allocator refused them for their flag
    uncounted: int = 0  # somebody else dropped a reference of their user: lost when that one gives them back
    isolated: int = 0  # taken off the LRU for a moment
    ksm: int = 0  # merged pages
    stable: dict[int, StableNode] = field(default_factory=dict)  # frame -> what ksmd knows of a merged page
    writeback: int = 0
    stale_used: int = 0  # Used bits of page_cgroup left behind, in kernels before commit 16

    def forget(self, frames: int) -> None:
        """Drop what is known of frames that are about to be freed: contents, merging."""
        self.ksm &= ~frames
        for name in ("tags", "stable"):
            kept = getattr(self, name)
            if kept:
                setattr(self, name, {frame: each for frame, each in kept.items() if not frames >> frame & 1})

    @property
    def held(self) -> int:
        """The frames with a reference that is no mapping: pinned, isolated or in the swap cache."""
        mask = self.isolated
        for frame in (*self.pins, *self.swap):
            mask |= 1 << frame
        return mask


@record(eq=False)
class Pageblock(Versioned):
    """Frames in use, free below order 9, or in per-cpu lists."""

    index: int  # pfn >> 9
    zone: Zone

    free: dict[int, FreeBlocks] | None = None  # migrate type -> free frames; None when there are none
    pcp: int = 0  # in per-cpu page lists
    tables: int = 0  # page tables
    kernel: int = 0  # other kernel memory

    huge: bool = False  # one compound page of order 9; `huge_mapcount` counts for it, the masks below for small pages
    huge_mapcount: int = 0
    once: int = 0  # mapped at least once
    twice: int = 0  # mapped at least twice
    planes: tuple[int, ...] = ()  # mapcount - 2 in bit planes

    owners: tuple[Owner, ...] = ()
    offsets: array[int] | None = None  # page offsets of frames that follow no common delta
    cached: int = 0  # in the page cache

    lru: tuple[LruEntry, ...] = ()
    pagevec: int = 0  # waiting in a per-cpu LRU cache, which holds a reference
    active: int = 0
    referenced: int = 0
    dirty: int = 0
    mlocked: int = 0

    tag: int = 0  # content of the frames in `tagged`; all others hold zeros
    tagged: int = 0
    rare: RareFlags | None = None

    @property
    def start_pfn(self) -> int:
        """The first frame number."""
        return self.index << 9

    def mapcount(self, frame: int) -> int:
        """How many page-table entries map frame number `frame` of the block (page_mapcount)."""
        if self.huge:
            return self.huge_mapcount
        if not self.twice >> frame & 1:
            return self.once >> frame & 1
        return 2 + sum((plane >> frame & 1) << k for k, plane in enumerate(self.planes))

    def content(self, frame: int) -> int:
        """The content tag of frame number `frame` of the block: 0 is all zeros."""
        if not self.tagged >> frame & 1:
            return 0
        return self.rare.tags.get(frame, self.tag) if self.rare is not None else self.tag
