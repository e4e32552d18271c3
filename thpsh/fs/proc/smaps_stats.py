"""The numbers of smaps: one VMA, by masks (fs/proc/task_mmu.c: smaps_pte_range)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.slot_range import covered
from thpsh.record import record
from thpsh.structs.bits import shifted
from thpsh.structs.page import HPAGE_NR, HPAGE_SIZE, PAGE_SIZE
from thpsh.structs.page_table import HugePmd
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_table import PageTable
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma

PSS_SHIFT: Final = 12


@record
class VmaStats:
    """Pages of a VMA by kind; `pss` in bytes, shifted left by 12."""

    size: int = 0
    rss: int = 0
    pss: int = 0
    shared_clean: int = 0
    shared_dirty: int = 0
    private_clean: int = 0
    private_dirty: int = 0
    referenced: int = 0
    anonymous: int = 0
    huge: int = 0
    swap: int = 0
    locked: bool = False
    page_kb: int = 4  # of the pages that back it

    def kilobytes(self, *, huge: bool = True) -> dict[str, int]:
        """The lines of smaps by name, in kB; `huge`: this kernel has the AnonHugePages line."""
        pss = self.pss >> 10 + PSS_SHIFT
        rows = {
            "Size": self.size * 4,
            "Rss": self.rss * 4,
            "Pss": pss,
            "Shared_Clean": self.shared_clean * 4,
            "Shared_Dirty": self.shared_dirty * 4,
            "Private_Clean": self.private_clean * 4,
            "Private_Dirty": self.private_dirty * 4,
            "Referenced": self.referenced * 4,
            "Anonymous": self.anonymous * 4,
        }
        if huge:
            rows["AnonHugePages"] = self.huge * 4
        return {
            **rows,
            "Swap": self.swap * 4,
            "KernelPageSize": self.page_kb,
            "MMUPageSize": self.page_kb,
            "Locked": pss if self.locked else 0,
        }


def vma_stats(kernel: Kernel, vma: Vma) -> VmaStats:
    """Walk the page tables of a VMA. Kernels before 2.6.39 split every huge page they meet here.

    Pages of hugetlbfs are left out: only their size shows.
    """
    if vma.flags & Vm.HUGETLB:
        return VmaStats(size=vma.nr_pages, page_kb=HPAGE_SIZE >> 10)
    stats = VmaStats(size=vma.nr_pages, locked=bool(vma.flags & Vm.LOCKED))
    for slot, mask in covered(vma.start, vma.end, vma.mm):
        if not kernel.features.smaps_huge:
            split_huge_page_pmd(kernel, vma.mm, slot, SplitReason.SMAPS)
        entry = vma.mm.pmds[slot]
        if isinstance(entry, HugePmd):
            _huge(stats, entry)
        else:
            _small(kernel, stats, entry, mask)
    return stats


def _huge(stats: VmaStats, pmd: HugePmd) -> None:
    """A huge page counts in full, also where it crosses the end of the VMA (before commits 5 and 25)."""
    block = pmd.block
    count = HPAGE_NR
    stats.rss += count
    stats.huge += count
    stats.anonymous += count
    if pmd.young or block.referenced & 1:
        stats.referenced += count
    dirty = pmd.dirty or bool(block.dirty & 1)
    _add(stats, count if block.huge_mapcount > 1 else 0, count if block.huge_mapcount <= 1 else 0, dirty=dirty)
    stats.pss += (count * PAGE_SIZE << PSS_SHIFT) // max(1, block.huge_mapcount)


def _add(stats: VmaStats, shared: int, private: int, *, dirty: bool) -> None:
    if dirty:
        stats.shared_dirty += shared
        stats.private_dirty += private
    else:
        stats.shared_clean += shared
        stats.private_clean += private


def _small(kernel: Kernel, stats: VmaStats, table: PageTable, mask: int) -> None:
    if table.swapped:
        stats.swap += (table.nonpresent & mask).bit_count()
    normal = table.present & mask & ~table.special
    for pages, block, shift in pieces(kernel, table, normal):
        frames = shifted(pages, shift)
        dirty = shifted(table.dirty & pages, shift) | frames & block.dirty
        shared = frames & block.twice
        _add(stats, (shared & dirty).bit_count(), (frames & ~shared & dirty).bit_count(), dirty=True)
        _add(stats, (shared & ~dirty).bit_count(), (frames & ~shared & ~dirty).bit_count(), dirty=False)
        count = frames.bit_count()
        stats.rss += count
        stats.anonymous += (frames & ~block.cached).bit_count()
        stats.referenced += (shifted(table.young & pages, shift) | frames & block.referenced).bit_count()
        stats.pss += ((count - shared.bit_count()) * PAGE_SIZE << PSS_SHIFT) + _shared_pss(block, shared)


def _shared_pss(block: Pageblock, shared: int) -> int:
    """Every page counts by its own share, rounded down."""
    return sum(frames.bit_count() * ((PAGE_SIZE << PSS_SHIFT) // count) for count, frames in mapcounts(block, shared))


def mapcounts(block: Pageblock, frames: int) -> list[tuple[int, int]]:
    """Small frames that are mapped, sorted into groups of one mapcount: (mapcount, frames)."""
    groups = [(1, frames & ~block.twice), (2, frames & block.twice)]
    for place, plane in enumerate(block.planes):
        halves = []
        for count, group in groups:
            more = group & plane
            halves += [(count, group ^ more), (count + (1 << place), more)]
        groups = [half for half in halves if half[1]]
    return [group for group in groups if group[1]]
