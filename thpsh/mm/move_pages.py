"""Moving single pages of a process, or asking where they are (mm/migrate.c: move_pages(2))."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.check_range import isolated, mapped_pages, migrate_chunks, vma_migratable
from thpsh.mm.frames import pieces
from thpsh.mm.isolate import unmovable
from thpsh.mm.locks import mmap_sem
from thpsh.mm.migrate_pages import busy
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.slot_range import covered, pages_in
from thpsh.mm.vma import mm_of
from thpsh.structs.bits import runs, shifted
from thpsh.structs.mempolicy import Placement
from thpsh.structs.page import HPAGE_SHIFT, Gfp
from thpsh.structs.page_table import HugePmd
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.mm.buddy import Chunk
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

Status = int
"""The node of a page, or a negative error number."""
Places = dict[int, dict[Status, int]]
"""By slot: which of its pages have which status."""

_TARGET_GFP: Final = Gfp.HIGHUSER_MOVABLE | Gfp.THISNODE | Gfp.NORETRY | Gfp.NOWARN


def move_pages(
    kernel: Kernel, cpu: int, task: Task, bounds: tuple[int, int], node: int | None
) -> list[tuple[Status, int]]:
    """Move the pages of [start, end) to a node, or without one ask; returns the status of each page, as runs.

    Asking splits nothing; moving splits every huge page of which it touches a part. Pages that others share, too, stay
    (MPOL_MF_MOVE), and so do those of which there is no more room: then the call fails.
    """
    mm = mm_of(task)
    start, end = bounds
    with kernel.trace.cause(Syscall(task.pid, "move_pages", start, end - start, "" if node is None else f"to {node}")):
        kernel.clock.spend(kernel.cost.syscall)
        if node is None:
            with mmap_sem(kernel, mm, "read", "do_pages_stat_array"):
                return _as_runs(_where(kernel, mm, bounds), bounds)
        if not 0 <= node < len(kernel.nodes) or not kernel.nodes[node].zones:
            raise KernelError(Errno.ENODEV, f"there is no node {node} with memory")
        with mmap_sem(kernel, mm, "read", "do_move_page_to_node_array"):
            return _as_runs(_move(kernel, cpu, mm, bounds, node), bounds)


def _vmas(mm: Mm, bounds: tuple[int, int]) -> list[Vma]:
    return [vma for vma in mm.vmas if vma.start < bounds[1] and vma.end > bounds[0]]


def _empty(mm: Mm, bounds: tuple[int, int], *, migratable: bool) -> Places:
    """ENOENT for all that is mapped; what is not even that is EFAULT."""
    places: Places = {slot: {} for slot in range(bounds[0] >> HPAGE_SHIFT, (bounds[1] - 1 >> HPAGE_SHIFT) + 1)}
    for vma in _vmas(mm, bounds):
        if vma_migratable(vma) or not migratable:
            first, last = max(vma.start, bounds[0]), min(vma.end, bounds[1])
            for slot in range(first >> HPAGE_SHIFT, (last - 1 >> HPAGE_SHIFT) + 1):
                _mark(places, slot, pages_in(slot, first, last), -Errno.ENOENT)
    return places


def _mark(places: Places, slot: int, pages: int, status: Status) -> None:
    """Some pages have another status from now on."""
    masks = {other: mask & ~pages for other, mask in places[slot].items()}
    masks[status] = masks.get(status, 0) | pages
    places[slot] = masks


def _where(kernel: Kernel, mm: Mm, bounds: tuple[int, int]) -> Places:
    """The nodes of all pages (do_pages_stat)."""
    places = _empty(mm, bounds, migratable=False)
    for slot, mask in covered(*bounds, mm):
        entry = mm.pmds[slot]
        if isinstance(entry, HugePmd):
            _mark(places, slot, mask, entry.block.zone.node)
            continue
        for pages, block, shift in pieces(kernel, entry, entry.present & mask & ~entry.special):
            _mark(places, slot, pages & ~shifted(ksm_pages(block), -shift), block.zone.node)
    return places


def _move(kernel: Kernel, cpu: int, mm: Mm, bounds: tuple[int, int], node: int) -> Places:
    """Move what is elsewhere (do_move_page_to_node_array)."""
    places = _empty(mm, bounds, migratable=True)
    lru_add_drain_all(kernel)
    found = [
        each
        for vma in _vmas(mm, bounds)
        if vma_migratable(vma)
        for each in mapped_pages(kernel, vma, *bounds, SplitReason.MIGRATION)
    ]
    away = []
    for each in found:
        if each.block.zone.node == node:
            _mark(places, each.slot, each.pages, node)
        else:
            shared = shifted(each.block.twice, -each.shift) & each.pages
            _mark(places, each.slot, shared, -Errno.EACCES)
            _mark(places, each.slot, each.pages & ~shared, -Errno.EBUSY)
            away.append(each)
    taken = isolated(kernel, away, shared=False)
    for each in taken:
        frames = shifted(each.pages, each.shift)
        never = shifted(busy(each.block, frames), -each.shift)  # dirty, and there is no way to write it (writeout)
        held = shifted(unmovable(each.block) & frames, -each.shift) & ~never
        _mark(places, each.slot, never, -Errno.EINVAL)
        _mark(places, each.slot, held, -Errno.EAGAIN)
        _mark(places, each.slot, each.pages & ~(held | never), node)
    chunks: list[Chunk] = [(each.block, shifted(each.pages, each.shift)) for each in taken]
    if migrate_chunks(kernel, cpu, {Placement(node): chunks}, _TARGET_GFP).nomem:
        raise KernelError(Errno.ENOMEM, f"node {node}, or the group of the pages, has no room for all of them")
    return places


def _as_runs(places: Places, bounds: tuple[int, int]) -> list[tuple[Status, int]]:
    """The status of each page in order, the same ones that follow each other together."""
    found: list[tuple[Status, int]] = []
    for slot in sorted(places):
        known = 0
        for mask in places[slot].values():
            known |= mask
        masks = {**places[slot], -Errno.EFAULT: pages_in(slot, *bounds) & ~known}
        parts = sorted((first, length, status) for status, mask in masks.items() for first, length in runs(mask))
        for _, length, status in parts:
            if found and found[-1][0] == status:
                found[-1] = status, found[-1][1] + length
            else:
                found.append((status, length))
    return found
