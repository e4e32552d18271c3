"""khugepaged looks at one 2 MiB range: can it become a huge page (mm/huge_memory.c: khugepaged_scan_pmd)?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.frames import frame_at, pieces
from thpsh.mm.lru import lru_mask
from thpsh.mm.page_rmap import held_otherwise
from thpsh.structs.bits import FULL, lowest, shifted, take_lowest
from thpsh.structs.khugepaged import Look, Verdict
from thpsh.structs.page_table import HugePmd

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_table import PageTable

_NO_TABLE: Final = Look(Verdict.NO_TABLE)
_HUGE: Final = Look(Verdict.HUGE)


def khugepaged_scan_pmd(kernel: Kernel, mm: Mm, slot: int) -> Look:
    """The first thing that stands in the way of a huge page in a slot; verdict None when nothing does.

    The kernel walks the 512 entries and stops at the first one that will not do; here every condition is a mask, and
    the lowest page of all masks is where the walk would have stopped.
    """
    table = mm.pmds.get(slot)
    if table is None:
        return _NO_TABLE
    if isinstance(table, HugePmd):
        return _HUGE
    obstacles, used = look_at_pages(kernel, mm, slot, table)
    if obstacles:
        page, _, verdict = min(obstacles)
        return Look(verdict, page)
    if not used:
        return Look(Verdict.UNREFERENCED)
    block, _ = frame_at(kernel, table, lowest(table.present))
    return Look(None, -1, block.zone.node)


Obstacles = list[tuple[int, int, Verdict]]
"""(page, which of several conditions the kernel tests first at one page, verdict)."""


def look_at_pages(kernel: Kernel, mm: Mm, slot: int, table: PageTable) -> tuple[Obstacles, int]:
    """Everything that stands in the way, each with its first page, and the pages that somebody accessed."""
    obstacles = _entries(kernel, table)
    usable = table.present & table.writable & ~table.special
    return obstacles, _pages(kernel, mm, slot, table, usable, obstacles) if usable else 0


def _entries(kernel: Kernel, table: PageTable) -> Obstacles:
    """What the entries themselves say: too many empty ones, not present, not writable."""
    found: Obstacles = []
    away = table.nonpresent if table.swapped else 0
    allowed = kernel.khugepaged.max_ptes_none
    empty = FULL & ~(table.present | away)
    if empty.bit_count() > allowed:
        found.append((lowest(empty ^ take_lowest(empty, allowed)), 0, Verdict.NONE_PTES))
    if away:
        found.append((lowest(away), 1, Verdict.NOT_PRESENT))
    fixed = table.present & ~table.writable
    if fixed:
        page = lowest(fixed)
        found.append((page, 2, Verdict.ZERO_PAGE if table.special >> page & 1 else Verdict.READ_ONLY))
    return found


def _pages(kernel: Kernel, mm: Mm, slot: int, table: PageTable, mask: int, obstacles: Obstacles) -> int:
    """Add what the pages behind writable entries say: each must be on a list, anonymous, and used once.

    Returns the pages that somebody accessed.
    """
    unlisted = cached = counted = 0
    used = table.young & mask
    flags_count = kernel.features.secondary_young
    if flags_count:
        used |= mm.guest_young.get(slot, 0)
    for pages, block, shift in pieces(kernel, table, mask):
        frames = pages << shift if shift >= 0 else pages >> -shift
        more = block.twice | block.pagevec
        if block.rare is not None:
            more |= held_otherwise(block)
        away = frames & ~lru_mask(block)
        if away or frames & (block.cached | more):
            unlisted |= shifted(away, -shift)
            cached |= shifted(frames & block.cached, -shift)
            counted |= shifted(frames & more, -shift)
        if flags_count and block.referenced:
            used |= shifted(frames & block.referenced, -shift)
    if unlisted:
        obstacles.append((lowest(unlisted), 3, Verdict.NOT_ON_LRU))
    if cached:
        obstacles.append((lowest(cached), 4, Verdict.NOT_ANON))
    if counted:
        obstacles.append((lowest(counted), 5, Verdict.PAGE_COUNT))
    return used
