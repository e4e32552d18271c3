"""Taking pages out of the page cache (mm/filemap.c: __delete_from_page_cache)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.frames import drop
from thpsh.mm.memcontrol import uncharge_cache
from thpsh.structs.bits import PAGES, indices
from thpsh.structs.page_cache import AddressSpace

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Owner, Pageblock


def forget_offsets(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Take frames out of their files' caches and accounts; they are still to be freed."""
    kernel.own(block)
    stat = block.zone.stat
    kernel.own(stat)
    for owner in block.owners:
        mine = owner.mask & frames
        if mine and isinstance(owner.mapping, AddressSpace):
            _drop(kernel, owner.mapping, _offsets(block, owner, mine))
            uncharge_cache(kernel, owner.memcg, mine.bit_count())
            if owner.mapping.swap_backed:
                stat.nr_shmem -= mine.bit_count()
    block.cached &= ~frames
    stat.nr_file_pages -= frames.bit_count()


def _offsets(block: Pageblock, owner: Owner, frames: int) -> list[int]:
    """The page offsets of frames of one owner."""
    if owner.delta is not None:
        return [frame + owner.delta for frame in indices(frames)]
    table = block.offsets
    return [table[frame] for frame in indices(frames)] if table is not None else []


def _drop(kernel: Kernel, mapping: AddressSpace, offsets: list[int]) -> None:
    masks: dict[int, int] = {}
    for offset in offsets:
        masks[offset // PAGES] = masks.get(offset // PAGES, 0) | 1 << offset % PAGES
    kernel.own(mapping)
    for place, mask in masks.items():
        slot = mapping.slots[place]
        kernel.own(slot)
        drop(slot, mask)
        if not slot.present:
            del mapping.slots[place]
    mapping.nr_pages -= len(offsets)
