"""Page-table pages: four levels above the 512 entries of a slot (mm/memory.c: __pte_alloc, free_pgtables)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.mempolicy import current_placement
from thpsh.mm.page_alloc import OutOfMemory, alloc_small, zonelist
from thpsh.mm.pcp import free_pages_masks
from thpsh.structs.bits import span
from thpsh.structs.mempolicy import PolicyMode
from thpsh.structs.page import HPAGE_NR, HPAGE_ORDER, HPAGE_SHIFT, Gfp, MigrateType
from thpsh.structs.page_table import HugePmd, PageTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

PTE_GFP: Final = Gfp.KERNEL | Gfp.REPEAT | Gfp.ZERO
PMD_SLOTS: Final = 9  # slots of one PMD page, as a shift
_PUD_SLOTS: Final = 18
_FRAME: Final = HPAGE_NR - 1


def _table_pages(kernel: Kernel, task: Task, count: int, *, counted: bool = False) -> list[int]:
    """Allocate pages for page tables by the policy of the process; returns their frame numbers.

    All of them or OutOfMemory.
    """
    frames: list[int] = []
    while len(frames) < count:
        where = current_placement(kernel, task, PTE_GFP)
        try:
            got = alloc_small(kernel, task.cpu, 1 if where.interleaved else count - len(frames), PTE_GFP, where)
        except OutOfMemory:
            _free_tables(kernel, task.cpu, frames, counted=counted)
            raise
        for block, first, length in got:
            kernel.own(block)
            base = block.index << HPAGE_ORDER
            block.tables |= span(first, first + length)
            frames += range(base + first, base + first + length)
            if counted:
                kernel.own(block.zone.stat)
                block.zone.stat.nr_page_table_pages += length
    return frames


def _free_tables(kernel: Kernel, cpu: int, frames: list[int], counted: bool) -> None:
    """Give frames of page tables back; only those of the lowest level are counted in nr_page_table_pages."""
    masks: dict[int, int] = {}
    for first, last in _stretches(frames):
        index = first >> HPAGE_ORDER
        masks[index] = masks.get(index, 0) | span(first & _FRAME, (last & _FRAME) + 1)
    freed = {kernel.block_of(index << HPAGE_ORDER): mask for index, mask in masks.items()}
    for block, mask in freed.items():
        kernel.own(block)
        block.tables &= ~mask
        if counted:
            kernel.own(block.zone.stat)
            block.zone.stat.nr_page_table_pages -= mask.bit_count()
    if freed:
        free_pages_masks(kernel, cpu, freed)


def _stretches(frames: list[int]) -> Iterator[tuple[int, int]]:
    """Frame numbers as stretches (first, last) that stay in one pageblock; tables made one after the other are few."""
    first = last = frames[0] if frames else 0
    for pfn in frames[1:]:
        if pfn != last + 1 or not pfn & _FRAME:
            yield first, last
            first = pfn
        last = pfn
    if frames:
        yield first, last


def upper_alloc(kernel: Kernel, task: Task, mm: Mm, slot: int) -> None:
    """Make sure that the upper levels above a slot exist (pud_alloc, pmd_alloc)."""
    if slot >> PMD_SLOTS in mm.pmd_pages:
        return
    kernel.own(mm)
    if not mm.pgd_page:
        mm.pgd_page = _table_pages(kernel, task, 1)[0]
    if slot >> _PUD_SLOTS not in mm.pud_pages:
        mm.pud_pages[slot >> _PUD_SLOTS] = _table_pages(kernel, task, 1)[0]
    mm.pmd_pages[slot >> PMD_SLOTS] = _table_pages(kernel, task, 1)[0]


def table_frames(kernel: Kernel, task: Task, count: int) -> list[int]:
    """Allocate pages for `count` page tables and count them; returns frame numbers (pte_alloc_one)."""
    return _table_pages(kernel, task, count, counted=True)


def tables_at_hand(kernel: Kernel, task: Task) -> int:
    """How many page tables can be had without taking a block from another migrate type; at least 1."""
    if task.policy is not None and task.policy.mode is PolicyMode.INTERLEAVE:
        return 1
    zone = zonelist(kernel, current_placement(kernel, task, PTE_GFP), PTE_GFP)[0]
    pcp = zone.pcp[task.cpu]
    free = sum(lists[MigrateType.UNMOVABLE].nr << order for order, lists in enumerate(zone.area.lists))
    return max(1, pcp.lists[MigrateType.UNMOVABLE].nr + free // pcp.batch * pcp.batch)


def pte_alloc(kernel: Kernel, task: Task, mm: Mm, slot: int) -> PageTable | HugePmd:
    """What stands in a slot; an empty slot gets a page table."""
    entry = mm.pmds.get(slot)
    if entry is None:
        upper_alloc(kernel, task, mm, slot)
        kernel.own(mm)
        entry = mm.pmds[slot] = PageTable(pfn=table_frames(kernel, task, 1)[0], epoch=kernel.journal.epoch)
        mm.nr_ptes += 1
        kernel.clock.spend(kernel.cost.page_table)
    return entry


def free_table_frames(kernel: Kernel, cpu: int, frames: list[int]) -> None:
    """Free pages of lowest-level page tables that are no longer in place, or never were."""
    _free_tables(kernel, cpu, frames, counted=True)


def free_pgtables(kernel: Kernel, cpu: int, mm: Mm, bounds: tuple[int, int, int, int], loose: list[int]) -> None:
    """Free the page tables that served only [start, end), with the neighbours at floor and ceiling.

    `loose` are frames of page tables that have already left their place.

    A table goes if its whole area lies between floor and ceiling (free_pgd_range); a ceiling of 0 is the end of the
    address space.
    """
    start, end, floor, ceiling = bounds
    slots = [slot for slot in _slots(mm.pmds, start, end, HPAGE_SHIFT) if _inside(slot, HPAGE_SHIFT, floor, ceiling)]
    kernel.own(mm)
    pmds = mm.pmds
    frames = [entry.pfn for slot in slots if isinstance(entry := pmds.pop(slot), PageTable)]
    mm.nr_ptes -= len(frames)
    if loose or frames:
        _free_tables(kernel, cpu, loose + frames, counted=True)
    upper = []
    for pages, shift in ((mm.pmd_pages, HPAGE_SHIFT + PMD_SLOTS), (mm.pud_pages, HPAGE_SHIFT + _PUD_SLOTS)):
        gone = [place for place in _slots(pages, start, end, shift) if _inside(place, shift, floor, ceiling)]
        upper += [pages.pop(place) for place in gone]
    if upper:
        _free_tables(kernel, cpu, upper, counted=False)


def _slots(pages: dict[int, int] | dict[int, PageTable | HugePmd], start: int, end: int, shift: int) -> list[int]:
    """The keys of a level that lie in a range, ascending; looks at whichever is shorter, the range or the dict."""
    first, last = start >> shift, (end - 1 >> shift) + 1
    if last - first <= len(pages):
        return [place for place in range(first, last) if place in pages]
    return sorted(place for place in pages if first <= place < last)


def _inside(place: int, shift: int, floor: int, ceiling: int) -> bool:
    """Lies the whole area of one table of a level between floor and ceiling?"""
    low = place << shift
    return low >= floor and (not ceiling or low + (1 << shift) <= ceiling)


def free_pgd(kernel: Kernel, cpu: int, mm: Mm) -> None:
    """Free the top level of an address space that is gone (mm_free_pgd)."""
    if mm.pgd_page:
        kernel.own(mm)
        _free_tables(kernel, cpu, [mm.pgd_page], counted=False)
        mm.pgd_page = 0
