"""Ranges of addresses as slots and masks of pages (the role of pmd_addr_end and pte_index)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.structs.bits import FULL, span
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE, PAGE_SHIFT

if TYPE_CHECKING:
    from thpsh.structs.mm import Mm


def slots_of(mm: Mm, start: int, end: int) -> list[int]:
    """The slots of a range that hold anything, ascending; looks at whichever is shorter, the range or the mm."""
    first, last = start >> HPAGE_SHIFT, (end - 1 >> HPAGE_SHIFT) + 1
    pmds = mm.pmds
    if last - first <= 2 * len(pmds):
        return [slot for slot in range(first, last) if slot in pmds]
    return sorted(slot for slot in pmds if first <= slot < last)


def pages_in(slot: int, start: int, end: int) -> int:
    """The mask of the pages of a slot that lie in [start, end)."""
    base = slot << HPAGE_SHIFT
    if start <= base and end >= base + HPAGE_SIZE:
        return FULL
    first = max(start - base, 0) >> PAGE_SHIFT
    last = min(end - base, HPAGE_SIZE) >> PAGE_SHIFT
    return span(first, last)


def covered(start: int, end: int, mm: Mm) -> list[tuple[int, int]]:
    """The slots of a range that hold anything, each with the mask of its pages in the range."""
    found = [(slot, FULL) for slot in slots_of(mm, start, end)]
    for place in {0, len(found) - 1} if found else ():
        slot = found[place][0]
        found[place] = slot, pages_in(slot, start, end)
    return found
