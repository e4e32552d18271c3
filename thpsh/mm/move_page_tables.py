"""Moving page-table entries to another place of the same address space (mm/mremap.c: move_page_tables)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.mm.frames import move
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.pgtable import pte_alloc
from thpsh.mm.slot_range import slots_of
from thpsh.structs.bits import PAGES, shifted, span
from thpsh.structs.page import HPAGE_SHIFT, HPAGE_SIZE, PAGE_SHIFT
from thpsh.structs.page_table import HugePmd, PageTable
from thpsh.trace.events.huge_memory import SplitReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task


def move_page_tables(kernel: Kernel, task: Task, mm: Mm, old: tuple[int, int], new_start: int) -> OutOfMemory | None:
    """Move what is mapped in the range `old` to a range that begins at `new_start`.

    Huge pages are split, even if both places are aligned. A page table, though empty, makes its counterpart appear. If
    memory does not suffice for these, what was moved is moved back; the error is returned.
    """
    by = new_start - old[0]
    parts = list(_parts(mm, old, by))
    for place, part in enumerate(parts):
        try:
            _move(kernel, task, mm, part, by)
        except OutOfMemory as error:
            for first, stop in parts[:place]:
                _move(kernel, task, mm, (first + by, stop + by), -by)
            return error
    return None


def _parts(mm: Mm, old: tuple[int, int], by: int) -> Iterator[tuple[int, int]]:
    """The parts of a range that lie in one slot before and after, and have something to move."""
    start, end = old
    for slot in slots_of(mm, start, end):
        first, last = max(start, slot << HPAGE_SHIFT), min(end, (slot + 1) << HPAGE_SHIFT)
        while first < last:
            stop = min(last, ((first + by) | (HPAGE_SIZE - 1)) + 1 - by)
            yield first, stop
            first = stop


def _move(kernel: Kernel, task: Task, mm: Mm, part: tuple[int, int], by: int) -> None:
    """Move one part."""
    slot = part[0] >> HPAGE_SHIFT
    split_huge_page_pmd(kernel, mm, slot, SplitReason.MREMAP)
    source = mm.pmds[slot]
    if isinstance(source, HugePmd):
        raise ModelBug(f"slot {slot:#x} is still huge")
    _move_ptes(kernel, source, part, _target(kernel, task, mm, part[0] + by), by)


def _target(kernel: Kernel, task: Task, mm: Mm, address: int) -> PageTable:
    """The page table at the new place (alloc_new_pmd)."""
    entry = pte_alloc(kernel, task, mm, address >> HPAGE_SHIFT)
    if isinstance(entry, HugePmd):
        raise ModelBug(f"a huge page lies at {address:#x}, where page tables are moved to")
    return entry


def _move_ptes(kernel: Kernel, source: PageTable, part: tuple[int, int], target: PageTable, by: int) -> None:
    """Move the entries of a range that lies in one slot before and after."""
    first = (part[0] >> PAGE_SHIFT) % PAGES
    mask = span(first, first + ((part[1] - part[0]) >> PAGE_SHIFT))
    shift = ((part[0] + by) >> PAGE_SHIFT) % PAGES - first
    present = source.present & mask
    kernel.own(source)
    kernel.own(target)
    if present:
        special = source.special & mask
        move(kernel, source, present & ~special, target, shift)
        source.present &= ~special
        target.present |= shifted(special, shift)
        _move_flags(source, present, target, shift)
    moved = _move_swapped(source, mask, target, shift)
    kernel.clock.spend((present.bit_count() + moved) * kernel.cost.pte)


def _move_flags(source: PageTable, present: int, target: PageTable, shift: int) -> None:
    target.writable |= shifted(source.writable & present, shift)
    target.dirty |= shifted(source.dirty & present, shift)
    target.young |= shifted(source.young & present, shift)
    target.special |= shifted(source.special & present, shift)
    source.writable &= ~present
    source.dirty &= ~present
    source.young &= ~present
    source.special &= ~present


def _move_swapped(source: PageTable, mask: int, target: PageTable, shift: int) -> int:
    """Move the entries that are neither empty nor present, perhaps within one page table; returns how many."""
    before = source.swapped or {}
    moving = {page + shift: entry for page, entry in before.items() if mask >> page & 1}
    if moving:
        source.swapped = {page: entry for page, entry in before.items() if not mask >> page & 1} or None
        target.swapped = {**(target.swapped or {}), **moving}
    return len(moving)
