"""The per-cpu caches of 14 pages before the LRU lists (mm/swap.c: __lru_cache_add, lru_add_drain)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.lru import add_page_to_lru_list, in_use, release_frames
from thpsh.mm.reclaim_stat import note_group_pages, note_pages, update_page_reclaim_stat
from thpsh.structs.bits import FULL, PAGES, span, take_lowest, union
from thpsh.structs.lru import LruEntry
from thpsh.trace.events.vmscan import LruAddDrain

if TYPE_CHECKING:
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.lru import Pagevec
    from thpsh.structs.page import Lru
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

PAGEVEC_SIZE: Final = 14


def lru_cache_add(kernel: Kernel, cpu: int, block: Pageblock, mask: int, kind: Lru) -> None:
    """Hand new pages to a CPU's cache of a list; whenever 14 have come together they move to the list."""
    pagevec = kernel.cpus[cpu].pagevecs[kind]
    kernel.own(pagevec)
    kernel.own(block)
    count = 1 if block.huge else mask.bit_count()
    total = pagevec.nr + count
    if total < PAGEVEC_SIZE:
        pagevec.entries.append((block, mask))
        pagevec.nr = total
        block.pagevec |= mask
    else:
        _flush_and_add(kernel, cpu, pagevec, (block, mask, count))
    if kernel.keep_drained:
        lru_add_drain(kernel, cpu)


def _flush_and_add(kernel: Kernel, cpu: int, pagevec: Pagevec, page: tuple[Pageblock, int, int]) -> None:
    block, mask, count = page
    waiting = (pagevec.nr + count) % PAGEVEC_SIZE
    _pagevec_lru_add(kernel, cpu, pagevec)
    if block.huge or not waiting:
        _add_fn(kernel, block, mask, pagevec.kind)
        return
    now = take_lowest(mask, count - waiting)
    _add_fn(kernel, block, now, pagevec.kind)
    wait(pagevec, block, mask ^ now, waiting)


def _add_fn(kernel: Kernel, block: Pageblock, mask: int, kind: Lru) -> None:
    """Pages come from a cache to a list (____pagevec_lru_add_fn)."""
    update_page_reclaim_stat(kernel, block, mask, kind)
    add_page_to_lru_list(kernel, block, mask, kind)


def wait(pagevec: Pagevec, block: Pageblock, mask: int, count: int) -> None:
    """Let pages of one pageblock wait in a cache that has room for them; both are the caller's to own."""
    pagevec.entries.append((block, mask))
    pagevec.nr += count
    block.pagevec |= mask


def lru_cache_add_runs(kernel: Kernel, cpu: int, pages: list[PageRun], kind: Lru) -> None:
    """Hand new small pages to a CPU's cache, in order; the pageblocks are the caller's to own."""
    pagevec = kernel.cpus[cpu].pagevecs[kind]
    kernel.own(pagevec)
    total = pagevec.nr + sum([run[2] for run in pages])
    listed = total - total % PAGEVEC_SIZE - pagevec.nr  # so many of the pages reach the list, the others wait
    if listed > 0:
        _pagevec_lru_add(kernel, cpu, pagevec)
    whole = 0
    for _, _, length in pages:
        if length > listed:
            break
        listed -= length
        whole += 1
    _add_runs(kernel, pages[:whole], kind)
    for block, first, length in pages[whole:]:
        if listed > 0:
            _add_fn(kernel, block, span(first, first + listed), kind)
            wait(pagevec, block, span(first + listed, first + length), length - listed)
        else:
            wait(pagevec, block, span(first, first + length), length)
        listed -= length
    if kernel.keep_drained:
        lru_add_drain(kernel, cpu)


def _add_runs(kernel: Kernel, pages: list[PageRun], kind: Lru) -> None:
    """Put runs of small pages at the newest end of their zones' lists, in order; the pageblocks are owned."""
    epoch = kernel.journal.epoch
    active = kind.active
    grouped = bool(kernel.root_memcg.children)
    zone: Zone | None = None
    count = 0
    for block, first, length in pages:
        mask = FULL if length == PAGES else span(first, first + length)
        if block.zone is not zone:
            if zone is not None:
                note_pages(kernel, zone, None, kind, count)
            zone, count = block.zone, 0
        count += length
        if grouped:
            note_group_pages(kernel, block, mask, kind)
        listed = zone.lruvec.lists[kind]
        if listed.epoch != epoch:
            kernel.own(listed)
        listed.nr_pages += length
        if active:
            block.active = union(block.active, mask)
        newest = listed.newest
        if newest is None or newest.block is block:
            listed.nr_pages -= length
            add_page_to_lru_list(kernel, block, mask, kind)
            continue
        entry = LruEntry(block, mask, listed, None, newest, epoch=epoch)
        if newest.epoch != epoch:
            kernel.own(newest)
        newest.newer = listed.newest = entry
        block.lru = (*block.lru, entry)
    if zone is not None:
        note_pages(kernel, zone, None, kind, count)


def _pagevec_lru_add(kernel: Kernel, cpu: int, pagevec: Pagevec) -> None:
    """Empty a cache onto its list; pages nobody uses any more are freed (pagevec_lru_move_fn, release_pages)."""
    dead = empty_onto_list(kernel, pagevec)
    if dead:
        release_frames(kernel, cpu, dead)


def empty_onto_list(kernel: Kernel, pagevec: Pagevec) -> dict[Pageblock, int]:
    """Empty a cache onto its list, but for the pages that nobody uses any more: these are returned."""
    entries = pagevec.entries
    pagevec.entries = []
    pagevec.nr = 0
    dead: dict[Pageblock, int] = {}
    for block, mask in entries:
        kernel.own(block)
        block.pagevec &= ~mask
        unused = mask & ~in_use(block)
        if unused:
            dead[block] = dead.get(block, 0) | unused
        if mask != unused:
            _add_fn(kernel, block, mask & ~unused, pagevec.kind)
    return dead


def lru_add_drain(kernel: Kernel, cpu: int) -> None:
    """Empty the caches of one CPU (lru_add_drain)."""
    waiting = 0
    for pagevec in kernel.cpus[cpu].pagevecs:
        if pagevec.entries:
            kernel.own(pagevec)
            waiting += pagevec.nr
            _pagevec_lru_add(kernel, cpu, pagevec)
    if waiting:
        kernel.trace.emit(LruAddDrain(cpu, waiting))


def lru_add_drain_all(kernel: Kernel) -> None:
    """Empty the caches of all CPUs."""
    for cpu in kernel.cpus:
        lru_add_drain(kernel, cpu.number)


def put_dying(kernel: Kernel, cpu: int, pages: list[PageRun], kind: Lru) -> dict[Pageblock, int]:
    """Pass pages, off the LRU and used by nobody, through a CPU's cache one by one (putback_lru_page, then put_page).

    The cache holds a reference: those that still wait in it live on until it is emptied. Returns the frames that are
    free now, dead ones that had waited before them included.
    """
    pagevec = kernel.cpus[cpu].pagevecs[kind]
    kernel.own(pagevec)
    leaving = sum([run[2] for run in pages])
    if not kernel.keep_drained:
        leaving = max(0, leaving - (pagevec.nr + leaving) % PAGEVEC_SIZE)
    freed = empty_onto_list(kernel, pagevec) if leaving else {}
    for block, first, length in pages:
        gone = length if length <= leaving else leaving
        leaving -= gone
        if gone:
            freed[block] = freed.get(block, 0) | span(first, first + gone)
        if gone < length:
            kernel.own(block)
            wait(pagevec, block, span(first + gone, first + length), length - gone)
    return freed
