"""Reverse mapping of pages: who owns a frame, how often it is mapped (mm/rmap.c: page_add_*_rmap, page_remove_rmap)."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from thpsh.errors import ModelBug
from thpsh.mm.lru import add_page_to_lru_list, release_frames
from thpsh.mm.memcontrol import charge_rss, count_mapped_file, leave_used_bits, uncharge_cache, uncharge_rss
from thpsh.mm.pagevec import lru_cache_add, lru_cache_add_runs
from thpsh.structs.bits import FULL, PAGES, indices, span, union
from thpsh.structs.counting import add_planes, nonzero, subtract_planes
from thpsh.structs.page import Lru
from thpsh.structs.pageblock import Owner
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.anon_vma import AnonVma
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma
    from thpsh.structs.zone import Zone

_MANY_OWNERS: Final = 8  # beyond this, page offsets are kept frame by frame


def slot_index(vma: Vma, slot: int) -> int:
    """The page offset in a mapping of the first page of a slot; negative when the VMA begins inside the slot."""
    return (slot << 9) - (vma.start >> 12) + vma.pgoff


def set_owner(
    block: Pageblock, frames: int, mapping: AnonVma | AddressSpace, memcg: MemCgroup | None, delta: int
) -> None:
    """Note the mapping and page offset of frames: that of frame i is delta + i (__page_set_anon_rmap)."""
    owners = block.owners
    if not owners:
        block.owners = (Owner(frames, mapping, memcg, delta),)
        note_block(block, memcg)
        return
    for place, owner in enumerate(owners):
        if owner.mapping is mapping and owner.delta == delta and owner.memcg is memcg:
            block.owners = (*owners[:place], owner._replace(mask=owner.mask | frames), *owners[place + 1 :])
            return
    if len(owners) < _MANY_OWNERS:
        block.owners = (*owners, Owner(frames, mapping, memcg, delta))
        note_block(block, memcg)
        return
    set_offsets(block, [(frame, delta + frame) for frame in indices(frames)], mapping, memcg)


def set_offsets(
    block: Pageblock, offsets: list[tuple[int, int]], mapping: AnonVma | AddressSpace, memcg: MemCgroup | None
) -> None:
    """Note the mapping of single frames with their page offsets: (frame, offset) each."""
    table = block.offsets
    if table is None:
        table = block.offsets = array("q", bytes(8 * PAGES))
    mask = 0
    for frame, offset in offsets:
        table[frame] = offset
        mask |= 1 << frame
    for place, owner in enumerate(block.owners):
        if owner.mapping is mapping and owner.delta is None and owner.memcg is memcg:
            block.owners = (*block.owners[:place], owner._replace(mask=owner.mask | mask), *block.owners[place + 1 :])
            return
    block.owners = (*block.owners, Owner(mask, mapping, memcg, None))
    note_block(block, memcg)


def note_block(block: Pageblock, memcg: MemCgroup | None) -> None:
    """A pageblock may have pages of a group from now on; there is no harm in its knowing so too early or too long."""
    if memcg is not None and memcg.parent is not None:
        zone = block.zone
        key = (zone.node, zone.kind)
        known = memcg.blocks.get(key)
        if known is None:
            memcg.blocks[key] = {block.index}
        else:
            known.add(block.index)


def owner_of(block: Pageblock, frame: int) -> tuple[Owner, int] | None:
    """The owner of a frame and the frame's page offset, or None for kernel and free frames."""
    for owner in block.owners:
        if owner.mask >> frame & 1:
            if owner.delta is not None:
                return owner, owner.delta + frame
            return owner, block.offsets[frame] if block.offsets is not None else 0
    return None


def forget_owner(block: Pageblock, frames: int) -> None:
    """Drop what is noted about the owner of frames, before another takes them over."""
    if all(not owner.mask & frames for owner in block.owners):
        return
    block.owners = tuple(owner._replace(mask=owner.mask & ~frames) for owner in block.owners if owner.mask & ~frames)


def new_anon_runs(kernel: Kernel, cpu: int, vma: Vma, pages: list[PageRun]) -> None:
    """Count fresh anonymous pages, in the order of the faults, and send them to the LRU (page_add_new_anon_rmap)."""
    counts: dict[Zone, int] = {}
    total = 0
    epoch = kernel.journal.epoch
    for block, first, length in pages:
        if block.epoch != epoch:
            kernel.own(block)
        block.once = FULL if length == PAGES else union(block.once, span(first, first + length))
        zone = block.zone
        counts[zone] = counts.get(zone, 0) + length
        total += length
    for zone, count in counts.items():
        kernel.own(zone.stat)
        zone.stat.nr_anon_pages += count
    charge_rss(kernel, vma.mm.memcg, total, total)
    if vma.flags & Vm.LOCKED:
        for block, first, length in pages:
            _mlock_new(kernel, block, span(first, first + length))
    else:
        lru_cache_add_runs(kernel, cpu, pages, Lru.ACTIVE_ANON)


def _mlock_new(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """A page faulted into a locked VMA goes straight to the unevictable list (is_mlocked_vma)."""
    from thpsh.trace.events.unevictable import UnevictablePgsMlocked  # seldom: not loaded at start

    flagged = 1 if block.huge else frames
    block.mlocked |= flagged
    kernel.own(block.zone.stat)
    block.zone.stat.nr_mlock += flagged.bit_count()
    kernel.trace.emit(UnevictablePgsMlocked(flagged.bit_count()))
    add_page_to_lru_list(kernel, block, frames, Lru.UNEVICTABLE)


def new_huge_page(kernel: Kernel, cpu: int, vma: Vma, block: Pageblock, slot: int) -> None:
    """Count a fresh huge page and send it to the LRU (page_add_new_anon_rmap)."""
    anon_vma = vma.anon_vma
    if anon_vma is None:
        raise ModelBug("huge page without anon_vma")
    kernel.own(block)
    block.huge = True
    block.huge_mapcount = 1
    memcg = vma.mm.memcg if kernel.features.memcg_huge_charge else None
    block.owners = (Owner(FULL, anon_vma, memcg, slot_index(vma, slot)),)
    note_block(block, memcg)
    stat = block.zone.stat
    kernel.own(stat)
    stat.nr_anon_transparent_hugepages += 1
    charge_rss(kernel, memcg, PAGES, 1)
    if vma.flags & Vm.LOCKED:
        _mlock_new(kernel, block, FULL)
    else:
        lru_cache_add(kernel, cpu, block, FULL, Lru.ACTIVE_ANON)


def page_dup_rmap(block: Pageblock, frames: int) -> None:
    """One more mapping of frames that are mapped already."""
    more = frames & block.twice
    if more:
        block.planes = add_planes(block.planes, more)
    block.twice |= frames & block.once
    block.once |= frames


def page_add_file_rmap(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Map pages of the page cache; nr_mapped counts those mapped at all."""
    fresh = (frames & ~block.once).bit_count()
    kernel.own(block)
    if fresh:
        kernel.own(block.zone.stat)
        block.zone.stat.nr_mapped += fresh
        count_mapped_file(kernel, block, frames & ~block.once, 1)
    page_dup_rmap(block, frames)


def unmap_frames(block: Pageblock, frames: int) -> int:
    """One mapping less of each frame; returns those that are mapped nowhere any more."""
    shared = frames & block.twice
    if shared:
        beyond = nonzero(block.planes) & shared
        if beyond:
            block.planes = subtract_planes(block.planes, beyond)
        block.twice ^= shared ^ beyond
    gone = frames ^ shared
    block.once ^= gone
    return gone


def remove_huge_rmap(kernel: Kernel, block: Pageblock) -> bool:
    """One huge mapping less; was it the last?"""
    kernel.own(block)
    block.huge_mapcount -= 1
    if block.huge_mapcount:
        return False
    kernel.own(block.zone.stat)
    block.zone.stat.nr_anon_transparent_hugepages -= 1
    uncharge_rss(kernel, block.owners[0].memcg, PAGES, 1)
    leave_used_bits(kernel, block)
    return True


def held_otherwise(block: Pageblock) -> int:
    """Frames with a reference that is no mapping: pinned, isolated, in the swap cache, poisoned."""
    return block.rare.held if block.rare is not None else 0


def remove_from_page_cache(kernel: Kernel, cpu: int, block: Pageblock, frames: int) -> None:
    """Take pages out of the page cache; unmapped ones are freed (delete_from_page_cache)."""
    kernel.own(block)
    if block.mlocked & frames:
        from thpsh.mm.unevictable import clear_page_mlock  # pages are seldom locked: not loaded at start

        clear_page_mlock(kernel, cpu, block, frames)
    for owner in block.owners:
        uncharge_cache(kernel, owner.memcg, (owner.mask & frames).bit_count())
    block.cached &= ~frames
    free = frames & ~(block.once | block.pagevec | held_otherwise(block))
    if free:
        release_frames(kernel, cpu, {block: free})


def set_memcg(block: Pageblock, frames: int, memcg: MemCgroup | None) -> None:
    """Note the group that frames are charged to from now on; mapping and page offsets stay."""
    merged: dict[tuple[AnonVma | AddressSpace, MemCgroup | None, int | None], int] = {}
    for owner in block.owners:
        for mask, group in ((owner.mask & ~frames, owner.memcg), (owner.mask & frames, memcg)):
            if mask:
                key = (owner.mapping, group, owner.delta)
                merged[key] = merged.get(key, 0) | mask
    block.owners = tuple(Owner(mask, mapping, group, delta) for (mapping, group, delta), mask in merged.items())
    note_block(block, memcg)
