"""Taking a bad page away from all who map it (mm/memory-failure.c: hwpoison_user_mappings; try_to_unmap)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.huge_memory.split import split_huge_page
from thpsh.mm.kill_procs import collect, kill_procs_ao
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.page_rmap import owner_of
from thpsh.mm.page_state import is_dirty
from thpsh.mm.rmap_unmap import try_to_unmap
from thpsh.mm.rmap_walk import Mapping, mapped_ranges, page_mappings, take_ptes
from thpsh.mm.rss_stat import update_hiwater_rss
from thpsh.structs.bits import lowest, shifted
from thpsh.structs.page_cache import AddressSpace
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_entry
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


class UserMappings(NamedTuple):
    """What came of taking a page away from its users."""

    gone: bool  # nobody maps it any more
    dirty: bool  # it was written to, as far as the entries and its flags tell


def hwpoison_user_mappings(kernel: Kernel, cpu: int, block: Pageblock, frame: int, pfn: int) -> UserMappings:
    """Unmap a small page, or a part of a huge one, and tell the processes that asked for it, if it was dirty.

    Merged pages stay. A page that nobody but its entries refers to is free afterwards.
    """
    bit = 1 << frame
    if not block.mapcount(frame) or ksm_pages(block) & bit:
        return UserMappings(not block.mapcount(frame), is_dirty(block, frame))
    swapped = block.rare is not None and frame in block.rare.swap
    if swapped:
        _say(kernel, pfn, "keeping poisoned page in swap cache")
    clean = _on_disk(block, frame) and not _file_dirty(block, frame)
    if clean:
        _say(kernel, pfn, "corrupted page was clean: dropped without side effects")
    if block.huge:
        split_huge_page(kernel, block, SplitReason.MEMORY_FAILURE)
    victims = [] if clean else collect(kernel, pfn, _mappings(block, frame))
    dirty = _unmap(kernel, cpu, block, frame, poison=not clean and not swapped)
    if dirty:
        kill_procs_ao(kernel, victims, pfn, fail=False)
    return UserMappings(gone=True, dirty=dirty)


def _mappings(block: Pageblock, frame: int) -> Iterable[tuple[Vma, int | None]]:
    """Who may see a page: those that map it; of a file, all whose mapping covers it."""
    found = owner_of(block, frame)
    if found is None or not isinstance(found[0].mapping, AddressSpace) or not block.cached >> frame & 1:
        return page_mappings(block, frame)
    return [(vma, at) for vma in found[0].mapping.maps if (at := vma.address_of(found[1])) is not None]


def _on_disk(block: Pageblock, frame: int) -> bool:
    """Is it a page of a file that is written back some day (mapping_cap_writeback_dirty)?"""
    found = owner_of(block, frame)
    if found is None or not block.cached >> frame & 1:
        return False
    mapping = found[0].mapping
    return isinstance(mapping, AddressSpace) and not mapping.swap_backed and not mapping.unevictable


def _file_dirty(block: Pageblock, frame: int) -> bool:
    """Is a page of the page cache dirty, or dirtied through a mapping (page_mkclean)?"""
    if is_dirty(block, frame):
        return True
    return any(shifted(found.table.dirty & found.pages, found.shift) for found in mapped_ranges(block, 1 << frame))


def _unmap(kernel: Kernel, cpu: int, block: Pageblock, frame: int, *, poison: bool) -> bool:
    """Take the page out of all page tables, leaving poison or swap entries or nothing; returns if it is dirty then."""
    bit = 1 << frame
    kernel.own(block)
    if block.rare is not None and frame in block.rare.swap:
        try_to_unmap(kernel, block, dict(block.rare.swap), bit, ignore=True)
        return is_dirty(block, frame)
    dirty = is_dirty(block, frame)
    for mapping in mapped_ranges(block, bit):
        had = take_ptes(kernel, mapping)
        dirty = dirty or bool(had.dirty)
        block.dirty |= shifted(had.dirty, mapping.shift)
        _account(kernel, mapping, cached=bool(block.cached & bit))
        if poison:
            entry = swp_entry(SWP_HWPOISON, block.start_pfn + frame)
            mapping.table.swapped = {**(mapping.table.swapped or {}), lowest(mapping.pages): entry}
        gather = MmuGather(kernel, cpu)
        gather.remove(block, bit)
        gather.finish()
    return dirty


def _account(kernel: Kernel, mapping: Mapping, *, cached: bool) -> None:
    mm = mapping.vma.mm
    kernel.own(mm)
    update_hiwater_rss(kernel, mm)
    if cached:
        mm.file_rss -= 1
    else:
        mm.anon_rss -= 1
    kernel.clock.spend(kernel.cost.pte)


def _say(kernel: Kernel, pfn: int, text: str) -> None:
    kernel.trace.emit(Printk(f"MCE {pfn:#x}: {text}"))
