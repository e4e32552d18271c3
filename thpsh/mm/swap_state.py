"""The swap cache: pages in memory that also have a swap slot (mm/swap_state.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.lru import in_use, release_frames
from thpsh.mm.memcontrol import uncharge_swap_cached
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.page_rmap import set_memcg
from thpsh.mm.swapfile import swap_counts, swap_free, swapcache_free
from thpsh.structs.bits import PAGES
from thpsh.structs.swap_entry import swp_offset, swp_type

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


def swap_cached(block: Pageblock) -> int:
    """The frames of a pageblock that are in the swap cache (PG_swapcache)."""
    mask = 0
    if block.rare is not None:
        for frame in block.rare.swap:
            mask |= 1 << frame
    return mask


def add_to_swap_cache(kernel: Kernel, block: Pageblock, pages: dict[int, int]) -> None:
    """Put frames with their entries into the swap cache; the slots are marked as caching already."""
    rare_flags(kernel, block).swap.update(pages)
    for frame, entry in pages.items():
        offset = swp_offset(entry)
        cluster = kernel.swap.devices[swp_type(entry)].clusters[offset >> 9]
        kernel.own(cluster)
        cluster.frames[offset & PAGES - 1] = block.start_pfn + frame
    _count(kernel, block, len(pages))
    kernel.swap.add_total += len(pages)


def delete_from_swap_cache(kernel: Kernel, block: Pageblock, frames: int) -> None:
    """Take frames out of the swap cache: what they hold is only in memory then, so they become dirty."""
    pages = forget_swap_cache(kernel, block, frames)
    kernel.own(block)
    for frame in pages:
        block.dirty |= 1 << frame
    swapcache_free(kernel, pages.values())


def forget_swap_cache(kernel: Kernel, block: Pageblock, frames: int) -> dict[int, int]:
    """Take frames out of the swap cache and return them with their entries, whose slots still count as caching."""
    rare = rare_flags(kernel, block)
    pages = {frame: entry for frame, entry in rare.swap.items() if frames >> frame & 1}
    for frame, entry in pages.items():
        del rare.swap[frame]
        offset = swp_offset(entry)
        cluster = kernel.swap.devices[swp_type(entry)].clusters[offset >> 9]
        kernel.own(cluster)
        del cluster.frames[offset & PAGES - 1]
    _count(kernel, block, -len(pages))
    kernel.swap.del_total += len(pages)
    return pages


def move_in_swap_cache(kernel: Kernel, block: Pageblock, frames: int, target: Pageblock, shift: int) -> None:
    """Frames in the swap cache become frame + shift of another pageblock (migrate_page_move_mapping)."""
    pages = forget_swap_cache(kernel, block, frames & swap_cached(block))
    if pages:
        add_to_swap_cache(kernel, target, {frame + shift: entry for frame, entry in pages.items()})


def _count(kernel: Kernel, block: Pageblock, by: int) -> None:
    kernel.own(kernel.swap)
    kernel.own(block.zone.stat)
    kernel.swap.cached += by
    block.zone.stat.nr_file_pages += by


def lookup_swap_cache(kernel: Kernel, entry: int) -> tuple[Pageblock, int] | None:
    """The page in the swap cache that an entry stands for: (pageblock, frame)."""
    swap = kernel.swap
    kernel.own(swap)
    swap.find_total += 1
    pfn = cached_frame(kernel, entry)
    if pfn is None:
        return None
    swap.find_success += 1
    return kernel.block_of(pfn), pfn & PAGES - 1


def cached_frame(kernel: Kernel, entry: int) -> int | None:
    """The frame number of an entry's page in the swap cache."""
    cluster = kernel.swap.devices[swp_type(entry)].clusters.get(swp_offset(entry) >> 9)
    return None if cluster is None else cluster.frames.get(swp_offset(entry) & PAGES - 1)


def unused_swap_cache(kernel: Kernel, block: Pageblock, frames: int) -> int:
    """Of some frames, those in the swap cache whose slot is in no page table."""
    mask = 0
    rare = block.rare
    for frame, entry in rare.swap.items() if rare is not None else ():
        if frames >> frame & 1 and not swap_counts(kernel, entry):
            mask |= 1 << frame
    return mask


def try_to_free_swap(kernel: Kernel, block: Pageblock, frames: int) -> int:
    """Give up the slots of frames that no page table refers to; returns the frames."""
    mask = unused_swap_cache(kernel, block, frames)
    if mask:
        delete_from_swap_cache(kernel, block, mask)
    return mask


def free_swap_and_cache(kernel: Kernel, cpu: int, entries: list[int]) -> None:
    """Page tables give swap entries up; a cached page that nobody maps loses its slot, and is freed with it."""
    swap_free(kernel, entries)
    found: dict[Pageblock, int] = {}
    for entry in entries:
        pfn = cached_frame(kernel, entry)
        if pfn is not None and not swap_counts(kernel, entry):
            block = kernel.block_of(pfn)
            found[block] = found.get(block, 0) | 1 << (pfn & PAGES - 1)
    for block, frames in found.items():
        free = frames & ~block.once
        delete_from_swap_cache(kernel, block, frames if kernel.swap.full else free)
        if free:
            _put(kernel, cpu, block, free)


def _put(kernel: Kernel, cpu: int, block: Pageblock, frames: int) -> None:
    """Free pages that have just left the swap cache and have no other user."""
    for owner in block.owners:
        count = (owner.mask & frames).bit_count()
        if count:
            uncharge_swap_cached(kernel, owner.memcg, count, cache=owner.mapping is kernel.swap.space)
    held = frames & in_use(block)
    if held:
        set_memcg(block, held, None)  # a pin outlives the charge
    if frames ^ held:
        release_frames(kernel, cpu, {block: frames ^ held})
