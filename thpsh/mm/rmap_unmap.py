"""Questions and orders to all page tables that map some pages (mm/rmap.c: page_referenced, try_to_unmap)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.huge_memory.split import huge_mappings
from thpsh.mm.memcontrol import count_mapped_file
from thpsh.mm.page_flags import poisoned
from thpsh.mm.page_rmap import unmap_frames
from thpsh.mm.rmap_walk import Mapping, mapped_ranges, take_ptes
from thpsh.mm.rss_stat import update_hiwater_rss
from thpsh.mm.swapfile import swap_duplicate
from thpsh.structs.bits import FULL, indices, shifted
from thpsh.structs.page_table import HugePmd
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_entry
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


class References(NamedTuple):
    """Which frames were used since somebody last asked, and by what kind of mapping."""

    young: int
    locked: int  # mapped by a VMA with VM_LOCKED
    executable: int  # used through a mapping of a program


class Unmapped(NamedTuple):
    """What came of taking the mappings of some frames away."""

    failed: int  # used again in between (SWAP_FAIL)
    locked: int  # mapped by a locked VMA (SWAP_MLOCK)


def _counts(vma: Vma, memcg: MemCgroup | None) -> bool:
    """Reclaim for a group does not see what processes of other groups use (mm_match_cgroup)."""
    return memcg is None or vma.mm.memcg is memcg


def page_referenced(kernel: Kernel, block: Pageblock, frames: int, memcg: MemCgroup | None) -> References:
    """Ask, and clear, the young bits of all mappings of some frames; a huge page has one for each PMD.

    The first mapping of a page that is locked ends it for the page: those after it are not asked.
    """
    if block.huge:
        return _huge_referenced(kernel, block, memcg)
    young = locked = executable = 0
    for mapping in mapped_ranges(block, frames):
        vma = mapping.vma
        if not _counts(vma, memcg):
            continue
        if vma.flags & Vm.LOCKED:
            locked |= mapping.frames
            continue
        used = mapping.pages & mapping.table.young
        if locked:
            used &= ~shifted(locked, -mapping.shift)
        if used:
            kernel.own(mapping.table)
            mapping.table.young ^= used
            if not vma.flags & Vm.SEQ_READ:
                young |= shifted(used, mapping.shift)
                if vma.flags & Vm.EXEC:
                    executable |= shifted(used, mapping.shift)
    return References(young, locked, executable)


def _huge_referenced(kernel: Kernel, block: Pageblock, memcg: MemCgroup | None) -> References:
    young = 0
    for vma, address in huge_mappings(block):
        if not _counts(vma, memcg):
            continue
        if vma.flags & Vm.LOCKED:
            return References(young, FULL, 0)
        pmd = vma.mm.pmds[address >> 21]
        if isinstance(pmd, HugePmd) and pmd.young:
            kernel.own(pmd)
            pmd.young = False
            young = FULL
    return References(young, 0, 0)


def try_to_unmap(
    kernel: Kernel, block: Pageblock, entries: dict[int, int], frames: int, *, ignore: bool = False
) -> Unmapped:
    """Take frames out of all page tables; anonymous ones, which have an entry here, leave it behind.

    The first mapping of a page that is locked, or was used again, ends it for the page: the others stay, too. `ignore`
    asks for neither (TTU_IGNORE_MLOCK, TTU_IGNORE_ACCESS).
    """
    failed = locked = 0
    lost = 0 if ignore else poisoned(block)
    kernel.own(block)
    for found in mapped_ranges(block, frames):
        mapping = found._replace(pages=found.pages & ~shifted(failed | locked, -found.shift))
        if mapping.vma.flags & Vm.LOCKED and not ignore:
            locked |= mapping.frames
            continue
        used = 0 if ignore else mapping.pages & mapping.table.young
        if used:
            kernel.own(mapping.table)
            mapping.table.young ^= used
            failed |= shifted(used, mapping.shift)
        if mapping.pages != used:
            _unmap(kernel, block, mapping._replace(pages=mapping.pages ^ used), entries, lost)
    return Unmapped(failed, locked)


def _unmap(kernel: Kernel, block: Pageblock, mapping: Mapping, entries: dict[int, int], lost: int) -> None:
    """Take a mapping away; pages that were lost to a memory error leave an entry that says so."""
    had = take_ptes(kernel, mapping)
    block.dirty |= shifted(had.dirty, mapping.shift)
    mm, frames = mapping.vma.mm, mapping.frames
    kernel.own(mm)
    update_hiwater_rss(kernel, mm)
    cached = (frames & block.cached).bit_count()
    mm.file_rss -= cached
    by = mapping.shift
    bad = {page: swp_entry(SWP_HWPOISON, block.start_pfn + page + by) for page in indices(shifted(frames & lost, -by))}
    if bad:
        mapping.table.swapped = {**(mapping.table.swapped or {}), **bad}
        mm.anon_rss -= (frames & lost & ~block.cached).bit_count()
    swapped = {page: entries[page + by] for page in indices(mapping.pages) if page + by in entries and page not in bad}
    mm.anon_rss -= len(swapped)
    mm.swap_ents += len(swapped)
    if swapped:
        mapping.table.swapped = {**(mapping.table.swapped or {}), **swapped}
        swap_duplicate(kernel, swapped.values())
    gone = unmap_frames(block, frames)
    stat = block.zone.stat
    kernel.own(stat)
    files = gone & block.cached
    stat.nr_anon_pages -= (gone ^ files).bit_count()
    if files:
        stat.nr_mapped -= files.bit_count()
        count_mapped_file(kernel, block, files, -1)
    kernel.clock.spend(mapping.pages.bit_count() * kernel.cost.pte)
