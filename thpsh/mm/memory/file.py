"""Faults on mappings with a file behind them (mm/memory.c: do_linear_fault, __do_fault)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.filemap import cached_pages, frames_behind, in_slot, readahead
from thpsh.mm.frames import add, frames_of
from thpsh.mm.memory.anonymous import fill
from thpsh.mm.page_flags import poisoned
from thpsh.mm.page_rmap import page_add_file_rmap, slot_index
from thpsh.record import record
from thpsh.structs.bits import PAGES, PREFIX, lowest, shifted
from thpsh.structs.vma import Vm
from thpsh.trace.events.fault import FaultKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.mm.memory.vmf import Vmf
    from thpsh.structs.page_cache import File
    from thpsh.structs.page_table import PageTable


@record
class _Seen:
    """What the faults on a range found, in pages of the slot."""

    major: int = 0  # had to be read
    fresh: int = 0  # were made
    read: int = 0  # swap slots read


def _offsets(vmf: Vmf, slot: int, pages: int) -> Iterator[tuple[int, int, int]]:
    """The pages of a slot by the slots of the file: (file slot, pages in the file slot's numbering, shift)."""
    base = slot_index(vmf.vma, slot)
    for place in (base // PAGES, base // PAGES + 1):
        shift = base - place * PAGES
        part = in_slot(pages, shift)
        if part:
            yield place, part, shift


def do_file_pages(vmf: Vmf, slot: int, table: PageTable, need: int) -> None:
    """Fault in empty entries of a slot from the page cache; a write to a private mapping gets a copy at once.

    Raises PoisonedPage at the first page that a memory error hit and that could not leave its file.
    """
    file = vmf.vma.file
    if file is None:
        return
    kernel = vmf.kernel
    lost = _lost(vmf, file, slot, need) if kernel.totals.hwpoison_seen else 0
    if lost:
        before = need & (lost & -lost) - 1
        if before:
            do_file_pages(vmf, slot, table, before)
        from thpsh.mm.memory.nonpresent import poisoned_fault

        poisoned_fault(vmf, slot, lowest(lost))
    kernel.own(table)
    copied = vmf.write and not vmf.vma.flags & Vm.SHARED
    seen = _Seen()
    left = need
    while left:
        got = _cache_pages(vmf, file, slot, left, seen)
        if copied:
            _copy(vmf, slot, table, got)
        else:
            _map_cached(vmf, slot, table, got)
        left ^= got
    cost = kernel.cost.fault + (kernel.cost.copy_page if copied else 0)
    if file.mapping.swap_backed:
        _took_shmem(vmf, slot, need, seen, (cost, copied))
        return
    if need & ~seen.major:
        vmf.took(FaultKind.FILE, slot, need & ~seen.major, cost, _resident(need & ~seen.major, copied))
    if seen.major:
        vmf.took(FaultKind.FILE_READ, slot, seen.major, cost + kernel.cost.disk_io, _resident(seen.major, copied))


def _lost(vmf: Vmf, file: File, slot: int, need: int) -> int:
    """The pages whose place in the cache holds a page lost to a memory error (__do_fault)."""
    found = 0
    for place, offsets, shift in _offsets(vmf, slot, need):
        cached = offsets & cached_pages(file.mapping, place)
        for pages, block, by in frames_behind(vmf.kernel, file.mapping, place, cached):
            found |= shifted(pages & shifted(poisoned(block), -by), -shift)
    return found


def _copy(vmf: Vmf, slot: int, table: PageTable, need: int) -> None:
    """Map private copies."""
    while need:
        got = fill(vmf, slot, table, need)
        vmf.kernel.own(vmf.mm)
        vmf.mm.anon_rss += got.bit_count()
        need ^= got


def _cache_pages(vmf: Vmf, file: File, slot: int, pages: int, seen: _Seen) -> int:
    """Bring the first of some pages into the cache, and others as far as they come with it.

    Returns the first ones that are there now: they are to be mapped before more memory is asked for.
    """
    first = lowest(pages)
    index = slot_index(vmf.vma, slot) + first
    place, page = index // PAGES, index % PAGES
    if not cached_pages(file.mapping, place) >> page & 1:
        if file.mapping.swap_backed:
            _get_shmem(vmf, (place, page - first), pages, seen)
        else:
            seen.major |= 1 << first
            readahead(vmf.kernel, vmf.task, file, place, page)
    found = 0
    for there, offsets, shift in _offsets(vmf, slot, pages):
        found |= shifted(offsets & cached_pages(file.mapping, there), -shift)
    absent = pages & ~found
    return found & PREFIX[lowest(absent)] if absent else found


def _get_shmem(vmf: Vmf, where: tuple[int, int], pages: int, seen: _Seen) -> None:
    """Bring the first of some pages of shared memory, and those that come with it; where: slot of the file, shift."""
    from thpsh.mm.shmem_swap import shmem_getpages

    assert vmf.vma.file is not None
    place, shift = where
    mapping = vmf.vma.file.mapping
    missing = in_slot(pages, shift) & ~cached_pages(mapping, place)
    fresh, major, read = shmem_getpages(vmf.kernel, vmf.task, mapping, place, missing)
    seen.fresh |= shifted(fresh, -shift)
    seen.major |= shifted(major, -shift)
    seen.read += read


def _took_shmem(vmf: Vmf, slot: int, need: int, seen: _Seen, how: tuple[int, bool]) -> None:
    """Account faults on shared memory: on pages made and cleared, on those that were there, on those in swap."""
    cost, copied = how
    costs = vmf.kernel.cost
    fresh = seen.fresh & ~seen.major
    for mask, more in ((fresh, costs.clear_page), (need & ~(fresh | seen.major), 0)):
        if mask:
            vmf.took(FaultKind.SHMEM, slot, mask, cost + more, _resident(mask, copied))
    if seen.major:
        reading = seen.read * costs.swap_io // seen.major.bit_count()
        vmf.took(FaultKind.SWAP, slot, seen.major, cost + reading, _resident(seen.major, copied))


def _resident(pages: int, anon: bool) -> tuple[int, int]:
    """How many anonymous and file pages became resident."""
    count = pages.bit_count()
    return (count, 0) if anon else (0, count)


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
