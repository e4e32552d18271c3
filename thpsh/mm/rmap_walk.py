"""From frames to the page-table entries that map them (mm/rmap.c: rmap_walk, vma_address, page_check_address).

Huge pages have `huge_mappings` in mm/huge_memory/split.py; these are the small ones. Frames are asked for as a mask of
one pageblock, and the answer comes in ranges: a pageblock touched in one go is one range for each process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.frames import drop
from thpsh.mm.page_flags import ksm_pages
from thpsh.structs.anon_vma import AnonVma
from thpsh.structs.bits import PAGES, indices, shifted, span
from thpsh.structs.page import HPAGE_SHIFT, PAGE_SHIFT
from thpsh.structs.page_table import PageTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Owner, Pageblock
    from thpsh.structs.vma import Vma

_SLOT_PAGES = HPAGE_SHIFT - PAGE_SHIFT


class Mapping(NamedTuple):
    """Entries of one page table that map frames of one pageblock: page i maps frame i + shift."""

    vma: Vma
    slot: int
    table: PageTable
    pages: int
    shift: int

    @property
    def frames(self) -> int:
        """The frames it maps, as a mask of the pageblock."""
        return shifted(self.pages, self.shift)

    def address(self, frame: int) -> int:
        """Where a frame is seen in the address space."""
        return (self.slot << HPAGE_SHIFT) + (frame - self.shift << PAGE_SHIFT)


class Ptes(NamedTuple):
    """The bits that some entries had before they were taken out."""

    writable: int
    dirty: int
    young: int


def mapped_ranges(block: Pageblock, frames: int) -> list[Mapping]:
    """All entries that map some small pages of a pageblock, owner by owner in the order of its list of VMAs."""
    merged = ksm_pages(block) & frames
    found: list[Mapping] = _of_merged_pages(block, merged) if merged else []
    frames &= ~merged
    for owner in block.owners:
        part = owner.mask & frames & block.once
        if not part:
            continue
        vmas = owner.mapping.vmas if isinstance(owner.mapping, AnonVma) else owner.mapping.maps
        for delta, mask in by_delta(block, owner, part):
            for vma in vmas:
                found += _in_vma(vma, block, mask, delta)
    return found


def _of_merged_pages(block: Pageblock, frames: int) -> list[Mapping]:
    """Merged pages are mapped wherever KSM found their content, and in children forked since (rmap_walk_ksm)."""
    found: dict[tuple[Mm, int], Mapping] = {}
    stable = block.rare.stable if block.rare is not None else {}
    for frame in indices(frames):
        node = stable.get(frame)
        for (mm, address), anon_vma in node.items.items() if node is not None else ():
            covering = [vma for vma in anon_vma.vmas if vma.start <= address < vma.end]
            for vma in sorted(covering, key=lambda vma: vma.mm is not mm):
                mapping = _at(vma, block, frame, address)
                if mapping is not None:
                    found.setdefault((vma.mm, address), mapping)
    return list(found.values())


def _at(vma: Vma, block: Pageblock, frame: int, address: int) -> Mapping | None:
    """The entry of one address, if it maps a frame."""
    slot, page = address >> HPAGE_SHIFT, address >> PAGE_SHIFT & PAGES - 1
    table = vma.mm.pmds.get(slot)
    shift = frame - page
    if isinstance(table, PageTable) and _mapping(table, block, 1 << page, shift):
        return Mapping(vma, slot, table, 1 << page, shift)
    return None


def by_delta(block: Pageblock, owner: Owner, frames: int) -> Iterable[tuple[int, int]]:
    """The frames of an owner grouped by the distance between frame number and page offset."""
    if owner.delta is not None:
        return [(owner.delta, frames)]
    groups: dict[int, int] = {}
    offsets = block.offsets
    for frame in indices(frames):
        delta = (offsets[frame] if offsets is not None else 0) - frame
        groups[delta] = groups.get(delta, 0) | 1 << frame
    return groups.items()


def _in_vma(vma: Vma, block: Pageblock, frames: int, delta: int) -> list[Mapping]:
    """The entries of one VMA that map frames whose page offset is frame + delta."""
    base = (vma.start >> PAGE_SHIFT) + delta - vma.pgoff  # the page number at which frame 0 would be seen
    first, last = max(0, (vma.start >> PAGE_SHIFT) - base), min(PAGES, (vma.end >> PAGE_SHIFT) - base)
    if first >= last:
        return []
    frames &= span(first, last)
    found = []
    for slot in range(base + first >> _SLOT_PAGES, (base + last - 1 >> _SLOT_PAGES) + 1) if frames else ():
        table = vma.mm.pmds.get(slot)
        if not isinstance(table, PageTable):
            continue
        shift = (slot << _SLOT_PAGES) - base
        pages = _mapping(table, block, shifted(frames, -shift) & span(0, PAGES), shift)
        if pages:
            found.append(Mapping(vma, slot, table, pages, shift))
    return found


def _mapping(table: PageTable, block: Pageblock, pages: int, shift: int) -> int:
    """Of some pages of a slot, those that really map frame i + shift of the block (page_check_address)."""
    pages &= table.present & ~table.special
    mapped = 0
    for run, owner, by in table.runs:
        if owner is block and by == shift:
            mapped |= run & pages
    if table.pfns is not None:
        base = block.start_pfn + shift
        for page in indices(table.loose & pages):
            if table.pfns[page] == base + page:
                mapped |= 1 << page
    return mapped


def take_ptes(kernel: Kernel, mapping: Mapping) -> Ptes:
    """Take the entries of a mapping out of their page table (ptep_clear_flush); counts and charges are the caller's."""
    table, pages = mapping.table, mapping.pages
    kernel.own(table)
    had = Ptes(table.writable & pages, table.dirty & pages, table.young & pages)
    drop(table, pages)
    table.writable &= ~pages
    table.dirty &= ~pages
    table.young &= ~pages
    return had


def page_mappings(block: Pageblock, frame: int) -> list[tuple[Vma, int]]:
    """The VMAs and addresses that map one small page."""
    return [(mapping.vma, mapping.address(frame)) for mapping in mapped_ranges(block, 1 << frame)]


def ptep_young(block: Pageblock, frames: int) -> int:
    """The frames that some mapping has used since its young bit was last cleared."""
    young = 0
    for mapping in mapped_ranges(block, frames):
        young |= shifted(mapping.pages & mapping.table.young, mapping.shift)
    return young
