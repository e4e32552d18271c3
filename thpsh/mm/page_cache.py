"""Taking pages out of the page cache (mm/filemap.c: __delete_from_page_cache)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.frames import drop
from thpsh.mm.memcontrol import uncharge_cache
from thpsh.structs.bits import PAGES, indices
from thpsh.structs.page_cache import AddressSpace

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Owner, Pageblock


class FileOwner(NamedTuple):
    """Frames of one file and one group."""

    mask: int
    mapping: AddressSpace
    memcg: MemCgroup | None


def forget_offsets(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Take frames out of their files' caches and accounts; they are still to be freed."""
    for memcg, offsets in [(owner.memcg, offsets) for owner, offsets in leave_cache(kernel, block, frames)]:
        uncharge_cache(kernel, memcg, len(offsets))


def leave_cache(kernel: Kernel, block: Pageblock, frames: int) -> list[tuple[FileOwner, dict[int, int]]]:
    """Take frames out of their files' caches, charged as they are; each owner comes with its frames' page offsets."""
    kernel.own(block)
    stat = block.zone.stat
    kernel.own(stat)
    found = []
    for owner in block.owners:
        mine, mapping = owner.mask & frames, owner.mapping
        if mine and isinstance(mapping, AddressSpace):
            offsets = _offsets(block, owner, mine)
            _drop(kernel, mapping, list(offsets.values()))
            if mapping.swap_backed:
                stat.nr_shmem -= mine.bit_count()
            found.append((FileOwner(mine, mapping, owner.memcg), offsets))
    block.cached &= ~frames
    stat.nr_file_pages -= frames.bit_count()
    return found


def _offsets(block: Pageblock, owner: Owner, frames: int) -> dict[int, int]:
    """The page offsets of frames of one owner, by frame."""
    if owner.delta is not None:
        return {frame: frame + owner.delta for frame in indices(frames)}
    table = block.offsets
    return {frame: table[frame] for frame in indices(frames)} if table is not None else {}


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
