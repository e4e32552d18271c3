"""One letter for each 2 MiB slot, as in the recordings (contract §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.frames import frames_of
from thpsh.mm.slot_range import pages_in
from thpsh.structs.page import HPAGE_NR, HPAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.structs.swap_entry import non_swap_entry

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm


def slot_letters(kernel: Kernel, mm: Mm, start: int, end: int) -> list[tuple[str, int]]:
    """The letter and the number of present pages of each slot that a range touches, its pages outside left out."""
    slots = range(start >> HPAGE_SHIFT, (end - 1 >> HPAGE_SHIFT) + 1)
    return [_letter(kernel, mm, slot, pages_in(slot, start, end)) for slot in slots]


def _letter(kernel: Kernel, mm: Mm, slot: int, mask: int) -> tuple[str, int]:
    if slot in mm.hugetlb_lost:
        return "X", 0
    return ("H", mask.bit_count()) if slot in mm.hugetlb else _slot(kernel, mm.pmds.get(slot), mask)


def _slot(kernel: Kernel, entry: PageTable | HugePmd | None, mask: int) -> tuple[str, int]:
    if entry is None:
        return ".", 0
    if isinstance(entry, HugePmd):
        return "H", mask.bit_count()
    present = entry.present & mask
    count = present.bit_count()
    others = [swap for page, swap in (entry.swapped or {}).items() if mask >> page & 1]
    if others:
        return ("X" if any(non_swap_entry(swap) for swap in others) else "S"), count
    if not present:
        return ".", 0
    normal = present & ~entry.special
    if not normal:
        return "z", count
    if all(block.huge for block, _ in frames_of(kernel, entry, normal)):
        return "h", count
    return ("F" if count == HPAGE_NR else "P"), count
