"""What moves along when a task changes its group (mm/memcontrol.c: is_target_pte_for_mc, mc_handle_*)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.filemap import frames_behind
from thpsh.mm.frames import pieces
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.memcontrol import charged_to
from thpsh.mm.slot_range import covered
from thpsh.mm.swap_state import cached_frame
from thpsh.mm.swapfile import owner_of_entry, swap_counts
from thpsh.structs.bits import PAGES, indices, lowest, shifted, span
from thpsh.structs.counting import nonzero
from thpsh.structs.page import HPAGE_SHIFT
from thpsh.structs.page_table import PageTable
from thpsh.structs.swap_entry import non_swap_entry
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.mm import Mm
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma

MOVE_ANON: Final = 1
MOVE_FILE: Final = 2


class Target(NamedTuple):
    """Entries of one page table whose charges move: those of pages, page i being frame i + shift of the pageblock."""

    pages: int
    block: Pageblock
    shift: int


class SlotTargets(NamedTuple):
    """The part of a VMA in one slot, and what in it moves."""

    end: int  # the first page of the slot behind the part
    pages: list[Target]
    swap: list[tuple[int, int]]  # (page, entry) of what is only in swap

    @property
    def charges(self) -> int:
        """How many charges are needed for it."""
        return sum(target.pages.bit_count() for target in self.pages) + len(self.swap)


def walk(mm: Mm) -> list[tuple[Vma, int, int]]:
    """The slots of all VMAs that hold anything, with the pages in the VMA, in the order of the addresses."""
    return [
        (vma, slot, mask)
        for vma in mm.vmas
        if not vma.flags & Vm.HUGETLB
        for slot, mask in covered(vma.start, vma.end, mm)
    ]


def split_all(kernel: Kernel, mm: Mm) -> None:
    """The walk over the page tables splits every huge page, also if nothing is moved in the end."""
    for _, slot, _ in walk(mm):
        split_huge_page_pmd(kernel, mm, slot, SplitReason.MOVE_CHARGE)


def targets_of(kernel: Kernel, mm: Mm, source: MemCgroup, moves: int) -> list[SlotTargets]:
    """All that is charged to the group left and of a kind to be moved, slot by slot."""
    return [_in_slot(kernel, (vma, slot, mask), source, moves) for vma, slot, mask in walk(mm)]


def movable(block: Pageblock, source: MemCgroup, moves: int) -> int:
    """The mapped frames of a pageblock charged to a group, of the kinds to be moved; none mapped more than twice."""
    allowed = block.cached if moves & MOVE_FILE else 0
    if moves & MOVE_ANON:
        allowed |= ~block.cached & ~nonzero(block.planes)
    return charged_to(block, source) & allowed


def _in_slot(kernel: Kernel, where: tuple[Vma, int, int], source: MemCgroup, moves: int) -> SlotTargets:
    vma, slot, mask = where
    table = vma.mm.pmds[slot]
    found = SlotTargets(mask.bit_length(), [], [])
    if not isinstance(table, PageTable):
        return found
    for pages, block, shift in pieces(kernel, table, mask & table.present & ~table.special):
        mine = shifted(movable(block, source, moves), -shift) & pages
        if mine:
            found.pages.append(Target(mine, block, shift))
    if moves & MOVE_ANON:
        for page, entry in (table.swapped or {}).items():
            if mask >> page & 1 and not non_swap_entry(entry):
                _swapped(kernel, found, page, entry, source)
    if moves & MOVE_FILE and vma.file is not None:
        _not_mapped(kernel, found, where, source)
    return found


def _swapped(kernel: Kernel, found: SlotTargets, page: int, entry: int, source: MemCgroup) -> None:
    """A page in swap moves if nobody else has it, be it mapped there or not (mc_handle_swap_pte)."""
    pfn = cached_frame(kernel, entry)
    users = swap_counts(kernel, entry)
    if pfn is not None:
        users += kernel.block_of(pfn).mapcount(pfn & PAGES - 1)
    if users == 1:
        _entry(kernel, found, page, entry, source)


def _entry(kernel: Kernel, found: SlotTargets, page: int, entry: int, source: MemCgroup) -> None:
    """The page that a slot has in memory moves if it is charged, else the charge of the slot."""
    pfn = cached_frame(kernel, entry)
    if pfn is not None:
        block, frame = kernel.block_of(pfn), pfn & PAGES - 1
        if charged_to(block, source) >> frame & 1:
            found.pages.append(Target(1 << page, block, frame - page))
            return
    if owner_of_entry(kernel, entry) is source:
        found.swap.append((page, entry))


def _not_mapped(kernel: Kernel, found: SlotTargets, where: tuple[Vma, int, int], source: MemCgroup) -> None:
    """Pages of a file at empty entries: in the cache, or of shared memory in swap (mc_handle_file_pte)."""
    vma, slot, mask = where
    table = vma.mm.pmds[slot]
    file = vma.file
    if not isinstance(table, PageTable) or file is None:
        return
    empty = mask & ~table.present & ~table.nonpresent
    base = vma.pgoff + ((slot << HPAGE_SHIFT) - vma.start >> 12)  # the page offset that page 0 of the slot has
    for place in range((base + lowest(mask)) // PAGES, (base + mask.bit_length() - 1) // PAGES + 1):
        by = place * PAGES - base  # page i of the file's slot is page i + by of the table
        wanted = shifted(empty, -by) & span(0, PAGES)
        for pages, block, shift in frames_behind(kernel, file.mapping, place, wanted) if wanted else ():
            mine = shifted(charged_to(block, source) & block.cached, -shift) & pages & wanted
            if mine:
                found.pages.append(Target(shifted(mine, by), block, shift - by))
    swapped = file.mapping.swapped
    for page in indices(empty) if swapped else ():
        if base + page in swapped:
            _entry(kernel, found, page, swapped[base + page], source)
