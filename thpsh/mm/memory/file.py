"""Faults on mappings with a file behind them (mm/memory.c: do_linear_fault, __do_fault)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.filemap import add_to_page_cache, cached_pages, frames_behind, in_slot, readahead
from thpsh.mm.frames import add, frames_of
from thpsh.mm.memory.anonymous import fill
from thpsh.mm.page_rmap import page_add_file_rmap, slot_index
from thpsh.structs.bits import PAGES, lowest, shifted
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.mm.memory.vmf import Vmf
    from thpsh.structs.page_cache import File
    from thpsh.structs.page_table import PageTable


def _offsets(vmf: Vmf, slot: int, pages: int) -> Iterator[tuple[int, int, int]]:
    """The pages of a slot by the slots of the file: (file slot, pages in the file slot's numbering, shift)."""
    base = slot_index(vmf.vma, slot)
    for place in (base // PAGES, base // PAGES + 1):
        shift = base - place * PAGES
        part = in_slot(pages, shift)
        if part:
            yield place, part, shift


def do_file_pages(vmf: Vmf, slot: int, table: PageTable, need: int) -> None:
    """Fault in empty entries of a slot from the page cache; a write to a private mapping gets a copy at once."""
    file = vmf.vma.file
    if file is None:
        return
    kernel = vmf.kernel
    kernel.own(table)
    major = fresh = 0
    for place, offsets, shift in _offsets(vmf, slot, need):
        fresh |= shifted(offsets & ~cached_pages(file.mapping, place), -shift)
        major |= shifted(_cache(vmf, file, place, offsets), -shift)
    if vmf.write and not vmf.vma.flags & Vm.SHARED:
        left = need
        while left:
            got = fill(vmf, slot, table, left)
            kernel.own(vmf.mm)
            vmf.mm.anon_rss += got.bit_count()
            left ^= got
        cost, anon = kernel.cost.fault + kernel.cost.copy_page, True
    else:
        _map_cached(vmf, slot, table, need)
        cost, anon = kernel.cost.fault, False
    if file.mapping.swap_backed:
        _took_shmem(vmf, slot, (fresh, need & ~fresh & ~major), cost, anon)
    elif need & ~major:
        vmf.took(FaultKind.FILE, slot, need & ~major, cost, _resident(need & ~major, anon))
    if major:
        vmf.took(FaultKind.FILE_READ, slot, major, cost + kernel.cost.disk_io, _resident(major, anon))


def _took_shmem(vmf: Vmf, slot: int, pages: tuple[int, int], cost: int, anon: bool) -> None:
    """Account faults on shared memory: on pages that had to be made and cleared, and on those that were there."""
    for mask, more in zip(pages, (vmf.kernel.cost.clear_page, 0), strict=True):
        if mask:
            vmf.took(FaultKind.SHMEM, slot, mask, cost + more, _resident(mask, anon))


def _resident(pages: int, anon: bool) -> tuple[int, int]:
    """How many anonymous and file pages became resident."""
    count = pages.bit_count()
    return (count, 0) if anon else (0, count)


def _cache(vmf: Vmf, file: File, place: int, offsets: int) -> int:
    """Make sure that offsets are cached; returns those that had to be read from disk with a fault of their own."""
    missing = offsets & ~cached_pages(file.mapping, place)
    if file.mapping.swap_backed:
        if missing:
            add_to_page_cache(vmf.kernel, vmf.task, file.mapping, place, missing)
        return 0
    major = 0
    while missing:
        page = lowest(missing)
        major |= 1 << page
        readahead(vmf.kernel, vmf.task, file, place, page)
        missing = offsets & ~cached_pages(file.mapping, place)
    return major


def _map_cached(vmf: Vmf, slot: int, table: PageTable, need: int) -> None:
    kernel, vma = vmf.kernel, vmf.vma
    file = vma.file
    if file is None:
        return
    for place, offsets, shift in _offsets(vmf, slot, need):
        for pages, block, by in frames_behind(kernel, file.mapping, place, offsets):
            add(table, shifted(pages, -shift), block, by + shift)
    for block, frames in frames_of(kernel, table, need):
        page_add_file_rmap(kernel, block, frames)
        block.dirty |= frames if vmf.write else 0
    table.young |= need
    if vma.flags & Vm.SHARED and vma.flags & Vm.WRITE:
        table.writable |= need
    if vmf.write:
        table.dirty |= need
    kernel.own(vmf.mm)
    vmf.mm.file_rss += need.bit_count()
