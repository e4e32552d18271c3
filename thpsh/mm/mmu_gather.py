"""Taking many mappings away at once (struct mmu_gather; mm/memory.c: tlb_remove_page, tlb_finish_mmu)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy import free_pageblocks
from thpsh.mm.lru import release_frames
from thpsh.mm.lru_stretch import unlink_blocks
from thpsh.mm.memcontrol import count_mapped_file, uncharge_rss
from thpsh.mm.page_rmap import held_otherwise, remove_huge_rmap, set_memcg, unmap_frames
from thpsh.mm.swap_state import swap_cached, try_to_free_swap
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.page import MigrateType
from thpsh.trace.events.kmem import MmPageFree

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

_EXPRESS: Final = 4  # pageblocks that always take the ordinary way
_MOVABLE: Final = MigrateType.MOVABLE


def is_plain(block: Pageblock, frames: int) -> bool:
    """Is a pageblock one of anonymous pages, each mapped once, all of them on one LRU list and about to be unmapped?"""
    return (
        frames == FULL
        and not (block.twice or block.pagevec or block.cached or block.mlocked)
        and block.rare is None
        and block.once == FULL
        and len(block.lru) == len(block.owners) == 1
    )


def free_plain_blocks(kernel: Kernel, blocks: list[Pageblock]) -> None:
    """Free plain pageblocks: off the LRU, accounted, onto the buddy lists; their objects are thrown away unchanged."""
    if not blocks:
        return
    unlink_blocks(kernel, blocks)
    groups: dict[tuple[Zone, MigrateType, MemCgroup | None], list[Pageblock]] = {}
    last: tuple[Zone, MigrateType, MemCgroup | None] | None = None
    same: list[Pageblock] = []
    for block in blocks:
        zone, memcg = block.zone, block.owners[0].memcg
        kind = zone.types.get(block.index, _MOVABLE)
        if last is None or zone is not last[0] or kind is not last[1] or memcg is not last[2]:
            last = zone, kind, memcg
            same = groups.setdefault(last, [])
        same.append(block)
    for (zone, kind, memcg), found in groups.items():
        pages = PAGES * len(found)
        kernel.own(zone.stat)
        zone.stat.nr_anon_pages -= pages
        uncharge_rss(kernel, memcg, pages, pages)
        free_pageblocks(kernel, zone, found, kind)
        kernel.trace.emit(MmPageFree(zone.node, zone.kind.label, 0, pages))


class MmuGather:
    """Pages whose mappings are being removed; `finish` frees those without any other use (struct mmu_gather)."""

    __slots__ = ("_again", "_huge", "cpu", "kernel", "small")

    def __init__(self, kernel: Kernel, cpu: int) -> None:
        self.kernel = kernel
        self.cpu = cpu
        self.small: dict[Pageblock, int] = {}  # frames that lose one mapping each
        self._again: dict[Pageblock, list[int]] = {}  # further mappings of the same frames: merged pages
        self._huge: list[Pageblock] = []

    def remove(self, block: Pageblock, frames: int) -> None:
        """Take one mapping of some small pages away (tlb_remove_page)."""
        small = self.small
        if block not in small:
            small[block] = frames
            return
        twice = small[block] & frames
        if twice:
            self._again.setdefault(block, []).append(twice)
        small[block] |= frames

    def remove_huge(self, block: Pageblock) -> None:
        """Take one mapping of a huge page away."""
        self._huge.append(block)

    def finish(self) -> None:
        """Settle the accounts and free what is no longer used (page_remove_rmap, tlb_finish_mmu)."""
        self._flush()
        while self._again:
            self.small = {block: masks.pop() for block, masks in self._again.items()}
            self._again = {block: masks for block, masks in self._again.items() if masks}
            self._flush()

    def _flush(self) -> None:
        """Take away one mapping of each page gathered."""
        if len(self.small) > _EXPRESS:
            self._free_whole()
        freed = self._remove_small() if self.small else {}
        for block in self._huge:
            if remove_huge_rmap(self.kernel, block) and not block.pagevec and not held_otherwise(block):
                freed[block] = FULL
        if freed:
            release_frames(self.kernel, self.cpu, freed)
        self.small, self._huge = {}, []

    def _free_whole(self) -> None:
        """Free pageblocks all of whose pages lose their only mapping, without touching each of their masks.

        The last few are left to the ordinary way: their pages are the ones that end up in the per-cpu lists.
        """
        gathered = list(self.small.items())[:-_EXPRESS]
        whole = [block for block, frames in gathered if is_plain(block, frames)]
        for block in whole:
            del self.small[block]
        free_plain_blocks(self.kernel, whole)

    def _remove_small(self) -> dict[Pageblock, int]:
        """Take the mappings of small pages away; returns the frames to free."""
        kernel = self.kernel
        epoch = kernel.journal.epoch
        freed: dict[Pageblock, int] = {}
        for block, frames in self.small.items():
            if block.epoch != epoch:
                kernel.own(block)
            if block.twice & frames:
                frames = unmap_frames(block, frames)
            else:
                block.once ^= frames
            if frames:
                freed[block] = frames
        _account(kernel, freed)
        return freed


def _account(kernel: Kernel, freed: dict[Pageblock, int]) -> None:
    """Counters and charges of frames mapped nowhere any more; those with another use are taken out of `freed`."""
    totals: dict[tuple[Zone, MemCgroup | None], int] = {}
    kept: dict[Pageblock, int] = {}
    for block, frames in freed.items():
        if block.cached or block.rare is not None or len(block.owners) != 1:
            kept[block] = _settle(kernel, block, frames, totals) & ~block.pagevec
            continue
        key = (block.zone, block.owners[0].memcg)
        totals[key] = totals.get(key, 0) + frames.bit_count()
        if block.pagevec & frames:
            kept[block] = frames & ~block.pagevec
    for block, frames in kept.items():
        if frames:
            freed[block] = frames
        else:
            del freed[block]
    for (zone, memcg), count in totals.items():
        kernel.own(zone.stat)
        zone.stat.nr_anon_pages -= count
        uncharge_rss(kernel, memcg, count, count)


def _settle(kernel: Kernel, block: Pageblock, gone: int, totals: dict[tuple[Zone, MemCgroup | None], int]) -> int:
    """Account frames mapped nowhere any more in a block of several owners or kinds; returns those without other use."""
    zone = block.zone
    cached = block.cached & gone
    if cached:
        kernel.own(zone.stat)
        zone.stat.nr_mapped -= cached.bit_count()
        count_mapped_file(kernel, block, cached, -1)
        gone ^= cached
    stay = _leave_swap_cache(kernel, block, gone)
    for owner in block.owners:
        for frames, memcg in ((gone & ~stay, owner.memcg), (stay, None)):
            count = (owner.mask & frames).bit_count()
            if count:
                key = (zone, memcg)
                totals[key] = totals.get(key, 0) + count
    held = gone & held_otherwise(block)
    if held & ~stay:
        set_memcg(block, held & ~stay, None)  # a pin outlives the charge
    return gone ^ held


def _leave_swap_cache(kernel: Kernel, block: Pageblock, gone: int) -> int:
    """Pages mapped nowhere leave the swap cache (free_swap_cache); returns those that other page tables want back."""
    cached = swap_cached(block) & gone
    return cached ^ try_to_free_swap(kernel, block, cached) if cached else 0
