"""The walk over page tables that looks for pages to move to other nodes (mm/mempolicy.c: check_range)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.migrate import isolate_lru_pages
from thpsh.mm.migrate_pages import migrate_pages
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.page_alloc import OutOfMemory, alloc_small
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.slot_range import covered
from thpsh.structs.bits import shifted
from thpsh.structs.page import Gfp
from thpsh.structs.page_table import PageTable
from thpsh.structs.vma import Vm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.mm.buddy import Chunk
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mempolicy import Placement
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma
    from thpsh.trace.events.huge_memory import SplitReason


class Mapped(NamedTuple):
    """Pages of a slot, and the frames of one pageblock that they map: page i maps frame i + shift."""

    slot: int
    pages: int
    block: Pageblock
    shift: int


def vma_migratable(vma: Vma) -> bool:
    """Does a VMA map ordinary memory?"""
    return not vma.flags & (Vm.IO | Vm.HUGETLB | Vm.PFNMAP | Vm.RESERVED)


def mapped_pages(kernel: Kernel, vma: Vma, start: int, end: int, reason: SplitReason) -> list[Mapped]:
    """The small pages that a part of a VMA maps, in the order of their addresses; huge ones are split first.

    Neither the zero page nor pages merged by KSM are among them.
    """
    found = []
    for slot, mask in covered(max(start, vma.start), min(end, vma.end), vma.mm):
        split_huge_page_pmd(kernel, vma.mm, slot, reason)
        table = vma.mm.pmds[slot]
        if isinstance(table, PageTable):
            for pages, block, shift in pieces(kernel, table, table.present & mask & ~table.special):
                ordinary = pages & ~shifted(ksm_pages(block), -shift)
                if ordinary:
                    found.append(Mapped(slot, ordinary, block, shift))
    return found


def isolated(kernel: Kernel, found: Iterable[Mapped], *, shared: bool) -> list[Mapped]:
    """Take pages off the LRU (migrate_page_add); what is on no list stays, and, unless `shared`, what others map."""
    taken = []
    for slot, pages, block, shift in found:
        frames = shifted(pages, shift)
        if not shared:
            frames &= ~block.twice
        frames = isolate_lru_pages(kernel, block, frames)
        if frames:
            taken.append(Mapped(slot, shifted(frames, -shift), block, shift))
    return taken


class Moved(NamedTuple):
    """How many pages stayed, whether the walk was given up (ENOMEM), and if so for which allocation."""

    left: int
    nomem: bool = False
    lacking: OutOfMemory | None = None


def migrate_chunks(
    kernel: Kernel, cpu: int, groups: dict[Placement, list[Chunk]], gfp: int = Gfp.HIGHUSER_MOVABLE
) -> Moved:
    """Move isolated pages to where their groups are to be, until memory or room in a group of processes is short."""
    found = Moved(0)
    for where, chunks in groups.items():
        if found.nomem:
            putback_lru_pages(kernel, cpu, chunks)
            found = found._replace(left=found.left + _count(chunks))
            continue
        source = _NewPages(kernel, cpu, gfp, where)
        outcome = migrate_pages(kernel, cpu, chunks, source.allocate)
        putback_lru_pages(kernel, cpu, outcome.left)
        found = Moved(found.left + outcome.stayed, outcome.nomem, source.lacking)
    return found


def _count(chunks: list[Chunk]) -> int:
    return sum(frames.bit_count() for _, frames in chunks)


class _NewPages:
    """Where the new pages of one migration come from (new_vma_page, new_node_page)."""

    def __init__(self, kernel: Kernel, cpu: int, gfp: int, where: Placement) -> None:
        self.kernel = kernel
        self.cpu = cpu
        self.gfp = gfp
        self.where = where
        self.lacking: OutOfMemory | None = None

    def allocate(self, count: int) -> list[PageRun]:
        """As many pages as there are, up to a number."""
        found: list[PageRun] = []
        while count:
            try:
                got = alloc_small(self.kernel, self.cpu, count, self.gfp, self.where)
            except OutOfMemory as error:
                self.lacking = error
                break
            found += got
            count -= sum(run[2] for run in got)
        return found
