"""Taking mappings away (mm/memory.c: unmap_vmas, zap_page_range; mm/mmap.c: unmap_region)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.activate import mark_page_accessed
from thpsh.mm.frames import drop, frames_of
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.memory.nonpresent import free_entries
from thpsh.mm.mmu_gather import MmuGather
from thpsh.mm.pagevec import lru_add_drain
from thpsh.mm.pgtable import free_pgtables, free_table_frames
from thpsh.mm.pgtable_deposit import withdraw_several
from thpsh.mm.rmap import unlink_anon_vmas
from thpsh.mm.rss_stat import sync_mm_rss, update_hiwater_rss
from thpsh.mm.slot_range import covered
from thpsh.structs.bits import FULL, PAGES, shifted
from thpsh.structs.page import HPAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason, ZapHugePmd

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def forget_guest(mm: Mm, places: list[tuple[int, int]]) -> None:
    """What a secondary MMU maps of pages goes with them (mmu_notifier_invalidate_range)."""
    for slot, mask in places:
        if slot in mm.guest_young:
            left = mm.guest_young[slot] & ~mask
            if left:
                mm.guest_young[slot] = left
            else:
                del mm.guest_young[slot]


def zap_range(kernel: Kernel, cpu: int, vma: Vma, bounds: tuple[int, int], tables: list[int] | None = None) -> None:
    """Take all mappings in [start, end) of one VMA away and free the pages (unmap_page_range).

    Page tables of whole slots go to `tables`, as frame numbers, where one is given: they are no longer in place then.
    """
    if vma.flags & Vm.HUGETLB:
        from thpsh.mm.hugetlb.mapped import unmap_hugepage_range

        unmap_hugepage_range(kernel, vma, *bounds)
        return
    mm = vma.mm
    gather = MmuGather(kernel, cpu)
    huge: list[int] = []
    kernel.own(mm)
    ptes = 0
    pmds = mm.pmds
    places = covered(*bounds, mm)
    if mm.guest_young:
        forget_guest(mm, places)
    if tables is not None:
        places, ptes = _zap_whole_tables(gather, mm, places, tables)
    walked = bool(tables)
    for slot, mask in places:
        entry = pmds[slot]
        if isinstance(entry, HugePmd):
            if mask == FULL:
                del pmds[slot]
                mm.anon_rss -= PAGES
                gather.remove_huge(entry.block)
                huge.append(slot)
                continue
            split_huge_page_pmd(kernel, mm, slot, SplitReason.PARTIAL_ZAP)
            entry = pmds[slot]
        if isinstance(entry, PageTable):
            ptes += _zap_pte_range(kernel, gather, vma, entry, mask)
            walked = True
    if walked:
        sync_mm_rss(kernel, mm)
    if huge:  # pte_free is at once, the pages wait until the gather is full or done
        kernel.trace.emit(ZapHugePmd(huge[0] << HPAGE_SHIFT, len(huge)))
        free_table_frames(kernel, cpu, withdraw_several(kernel, mm, len(huge)))
    gather.finish()
    kernel.clock.spend(ptes * kernel.cost.pte + len(huge) * kernel.cost.huge_pmd)


def _zap_whole_tables(
    gather: MmuGather, mm: Mm, places: list[tuple[int, int]], tables: list[int]
) -> tuple[list[tuple[int, int]], int]:
    """Zap whole page tables of anonymous pages that lie in runs, and take them out of their places.

    Returns the slots left for the ordinary way, and how many entries there were.
    """
    pmds, small = mm.pmds, gather.small
    gathered = small.get
    left = []
    total = 0
    for slot, mask in places:
        table = pmds[slot]
        if type(table) is not PageTable or mask != FULL or table.pfns is not None or table.swapped is not None:
            left.append((slot, mask))
            continue
        for pages, block, shift in table.runs:
            if block.cached or block.rare is not None:
                _take_back(small, table, block)
                left.append((slot, mask))
                break
            frames = pages << shift if shift >= 0 else pages >> -shift
            before = gathered(block)
            small[block] = before | frames if before else frames
        else:
            total += PAGES if table.present is FULL else table.present.bit_count()
            total -= table.special.bit_count() if table.special else 0
            tables.append(table.pfn)
            del pmds[slot]
    mm.anon_rss -= total
    return left, total


def _take_back(small: dict[Pageblock, int], table: PageTable, until: Pageblock) -> None:
    """Forget what was gathered of a table up to the first run that needs the ordinary way."""
    for pages, block, shift in table.runs:
        if block is until:
            return
        small[block] &= ~shifted(pages, shift)


def _zap_pte_range(kernel: Kernel, gather: MmuGather, vma: Vma, table: PageTable, mask: int) -> int:
    """Clear the entries of a mask; returns how many there were."""
    others = free_entries(kernel, gather.cpu, vma.mm, table, mask) if table.swapped is not None else 0
    present = table.present & mask
    if not present:
        return others
    if table.epoch != kernel.journal.epoch:
        kernel.own(table)
    whole = present == table.present
    _remove(kernel, gather, vma, table, present & ~table.special)
    if whole:
        table.present = table.writable = table.dirty = table.young = table.special = 0
        table.runs = ()
        table.pfns = None
    else:
        drop(table, present)
        keep = ~present
        table.writable &= keep
        table.dirty &= keep
        table.young &= keep
        table.special &= keep
    return present.bit_count() + others


def _remove(kernel: Kernel, gather: MmuGather, vma: Vma, table: PageTable, normal: int) -> None:
    """Remove the mappings of normal pages, keeping the accounts by kind of page."""
    file_pages = 0
    for block, frames in frames_of(kernel, table, normal):
        if block.cached & frames:
            file_pages += (block.cached & frames).bit_count()
            _note_use(kernel, vma, table, normal, block)
        gather.remove(block, frames)
    vma.mm.file_rss -= file_pages
    vma.mm.anon_rss -= normal.bit_count() - file_pages


def _note_use(kernel: Kernel, vma: Vma, table: PageTable, normal: int, block: Pageblock) -> None:
    """Pages of files are dirty where their entries are (set_page_dirty), and used, unless that was reading ahead."""
    kernel.own(block)
    for _, frames in (each for each in frames_of(kernel, table, normal & table.dirty) if each[0] is block):
        block.dirty |= frames & block.cached
    if vma.flags & Vm.SEQ_READ:
        return
    for _, frames in (each for each in frames_of(kernel, table, normal & table.young) if each[0] is block):
        mark_page_accessed(kernel, block, frames & block.cached)


def zap_page_range(kernel: Kernel, task: Task, vma: Vma, start: int, end: int) -> None:
    """Throw the pages of [start, end) away and keep the VMA: MADV_DONTNEED."""
    lru_add_drain(kernel, task.cpu)
    update_hiwater_rss(kernel, vma.mm)
    zap_range(kernel, task.cpu, vma, (start, end))


def unmap_region(kernel: Kernel, task: Task, vmas: list[Vma], bounds: tuple[int, int, int, int]) -> None:
    """Unmap VMAs already taken out of their mm, unlink them from anon_vmas and files, free their page tables.

    The bounds are start, end, floor and ceiling: the last two say where the VMA before ends and the one after begins.
    """
    start, end, floor, ceiling = bounds
    mm = vmas[0].mm
    lru_add_drain(kernel, task.cpu)
    update_hiwater_rss(kernel, mm)
    tables: list[int] = []
    for vma in vmas:
        zap_range(kernel, task.cpu, vma, (max(vma.start, start), min(vma.end, end)), tables)
    for vma in vmas:
        unlink_anon_vmas(kernel, vma)
        if vma.file is not None:
            kernel.own(vma.file.mapping)
            vma.file.mapping.maps.pop(vma, None)
    mm.nr_ptes -= len(tables)
    free_pgtables(kernel, task.cpu, mm, (vmas[0].start, vmas[-1].end, floor, ceiling), tables)
