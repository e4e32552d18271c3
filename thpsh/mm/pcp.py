"""Per-cpu page lists (mm/page_alloc.c: buffered_rmqueue, free_hot_cold_page, free_pcppages_bulk)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy import Chunk, free_frames, free_pageblocks
from thpsh.mm.buddy_fallback import rmqueue_pages
from thpsh.structs.bits import FULL, PAGES, lowest, runs, span, take_highest, take_lowest
from thpsh.structs.page import PCP_TYPES, MigrateType
from thpsh.structs.pageblock import Pageblock
from thpsh.trace.events.kmem import MmPageFree

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.zone import PageRuns, PerCpuPages, Zone

_MOVABLE: Final = MigrateType.MOVABLE  # read on every free
PageRun = tuple[Pageblock, int, int]
"""(pageblock, first frame, count): pages that follow each other in memory."""


def page_runs(chunks: list[Chunk]) -> list[PageRun]:
    """The pages of chunks as runs, in the same order."""
    out = []
    for block, mask in chunks:
        if mask is FULL:
            out.append((block, 0, PAGES))
            continue
        first, count = lowest(mask), mask.bit_count()
        if mask == span(first, first + count):
            out.append((block, first, count))
        else:
            out += [(block, start, length) for start, length in runs(mask)]
    return out


def cut(pages: list[PageRun], count: int) -> tuple[list[PageRun], list[PageRun]]:
    """The first `count` pages of a list of runs, and the others."""
    for place, (block, first, length) in enumerate(pages):
        if length >= count:
            head = [*pages[:place], (block, first, count)] if count else pages[:place]
            rest = pages[place + 1 :]
            return head, [(block, first + count, length - count), *rest] if length > count else rest
        count -= length
    return pages, []


def _push(kernel: Kernel, held: PageRuns, pages: list[PageRun]) -> None:
    """Put pages at the head of a list, the first of them to be taken first."""
    for block, first, count in reversed(pages):
        kernel.own(block)
        block.pcp |= span(first, first + count)
        held.nr += count
        held.runs.append((block, first, count))


def _pop(kernel: Kernel, held: PageRuns, count: int) -> list[PageRun]:
    """Take up to `count` pages off the head of a list."""
    out: list[PageRun] = []
    while count and held.runs:
        block, first, length = held.runs.pop()
        if length > count:
            held.runs.append((block, first + count, length - count))
            length = count
        kernel.own(block)
        block.pcp &= ~span(first, first + length)
        out.append((block, first, length))
        held.nr -= length
        count -= length
    return out


def rmqueue_pcp(kernel: Kernel, zone: Zone, cpu: int, count: int, kind: MigrateType) -> list[PageRun]:
    """Take up to `count` single pages as a CPU would, refilling its list in batches; fewer when the zone is empty."""
    pcp = zone.pcp[cpu]
    held = pcp.lists[kind]
    kernel.own(held)
    pages = _pop(kernel, held, count)
    missing = count - sum(run[2] for run in pages)
    if missing:
        refill = -(-missing // pcp.batch) * pcp.batch
        fresh, spare = cut(page_runs(rmqueue_pages(kernel, zone, refill, kind)), missing)
        pages += fresh
        _push(kernel, held, spare)
    return pages


def _drain_plan(counts: list[int], batch: int) -> list[int]:
    """How many pages one drain of `batch` takes from each list: round robin, more from where others are empty."""
    plan = [0] * PCP_TYPES
    kind = batch_free = 0
    while batch and plan != counts:
        batch_free += 1
        kind = (kind + 1) % PCP_TYPES
        if plan[kind] == counts[kind]:
            continue
        if batch_free == PCP_TYPES:
            batch_free = batch
        taken = min(batch, batch_free, counts[kind] - plan[kind])
        plan[kind] += taken
        batch -= taken
        batch_free = 0 if taken else batch_free
    return plan


def _list_type(block: Pageblock, kind: int) -> int:
    """Where a page that waited on a list of a CPU goes (page_private of such a page).

    That is the type it was asked for or freed with, whoever owns its pageblock by now. Reserve pages wait on the
    Movable list.
    """
    if kind == _MOVABLE and block.zone.types.get(block.index) == MigrateType.RESERVE:
        return MigrateType.RESERVE
    return kind


def _free_cold(kernel: Kernel, held: PageRuns, kind: int, count: int, then: Chunk | None = None) -> bool:
    """Give the `count` oldest pages of the list of a type back to the buddy lists; True when `then` went with them.

    `then` are the frames to be freed next. If they belong to the pageblock of the last pages, and that has no others on
    free lists, one change of the lists stands for both: nothing comes in between, and all its blocks are new.
    """
    done, joined = 0, False
    epoch = kernel.journal.epoch
    while count:
        block, first, length = held.runs[done]
        taken = length if length < count else count
        mask = span(first + length - taken, first + length)
        if block.epoch != epoch:
            kernel.own(block)
        block.pcp &= ~mask
        count -= taken
        if not count and then is not None and then[0] is block and not block.free:
            mask |= then[1]
            joined = True
        free_frames(kernel, block, mask, _list_type(block, kind))
        held.nr -= taken
        if taken < length:
            held.runs[done] = (block, first, length - taken)
        else:
            done += 1
    del held.runs[:done]
    return joined


def free_pcppages_bulk(kernel: Kernel, pcp: PerCpuPages, batch: int) -> None:
    """Give one batch of cold pages back, round robin over the types."""
    plan = _drain_plan([held.nr for held in pcp.lists], batch)
    for kind, count in enumerate(plan):
        if count:
            kernel.own(pcp.lists[kind])
            _free_cold(kernel, pcp.lists[kind], kind, count)


def drain_pages(kernel: Kernel, cpu: int) -> None:
    """Empty all page lists of a CPU (drain_local_pages)."""
    for zone in kernel.zones:
        for kind, held in enumerate(zone.pcp[cpu].lists):
            if held.nr:
                free_all_cold(kernel, held, kind)


def free_all_cold(kernel: Kernel, held: PageRuns, kind: int = _MOVABLE) -> None:
    """Give all pages of the list of a type back, the oldest first."""
    kernel.own(held)
    _free_cold(kernel, held, kind, held.nr)


def free_pages_masks(kernel: Kernel, cpu: int, freed: dict[Pageblock, int]) -> None:
    """Free single pages, given as masks by pageblock, as if one after the other through a CPU's lists."""
    if kernel.totals.hwpoison_seen:
        from thpsh.mm.hwpoison_gate import free_pages_check  # most hosts never see a memory error

        freed = free_pages_check(kernel, freed)
    groups: dict[tuple[Zone, MigrateType], list[Chunk]] = {}
    totals: dict[Zone, int] = {}
    zone, kind, chunks = None, _MOVABLE, []
    for chunk in freed.items():
        block = chunk[0]
        mine = block.zone.types.get(block.index, _MOVABLE)
        if block.zone is not zone or mine is not kind:
            zone, kind = block.zone, mine
            chunks = groups.setdefault((zone, kind), [])
        chunks.append(chunk)
    for (zone, kind), chunks in groups.items():
        count = sum([mask.bit_count() for _, mask in chunks])
        totals[zone] = totals.get(zone, 0) + count
        if kind == MigrateType.ISOLATE:
            for block, mask in chunks:
                free_frames(kernel, block, mask, kind)
        else:
            _free_group(kernel, zone.pcp[cpu], min(kind, _MOVABLE), chunks, count)
    for zone, count in totals.items():
        kernel.trace.emit(MmPageFree(zone.node, zone.kind.label, 0, count))


def _free_group(kernel: Kernel, pcp: PerCpuPages, kind: int, chunks: list[Chunk], count: int) -> None:
    """Free so many pages of one list: what the CPU's list would have handed on goes to the buddy lists at once."""
    held = pcp.lists[kind]
    kernel.own(held)
    before = pcp.count
    alone = before == held.nr
    drains = min(drains_after(pcp, before + count), count)  # a list may be longer than a high that was lowered since
    while drains and not alone and pcp.count > held.nr:  # other lists take part until they are empty
        plan = _drain_plan([c.nr if c is not held else held.nr + count for c in pcp.lists], pcp.batch)
        for other, share in enumerate(plan):
            if share and other != kind:
                kernel.own(pcp.lists[other])
                _free_cold(kernel, pcp.lists[other], other, share)
        count, chunks = _hand_on(kernel, pcp, kind, (chunks, count), plan[kind])
        drains -= 1
    if drains:
        count, chunks = _hand_on(kernel, pcp, kind, (chunks, count), drains * pcp.batch)
    for block, first, length in page_runs(chunks):
        kernel.own(block)
        block.pcp |= span(first, first + length)
        held.runs.append((block, first, length))
    held.nr += count


def drains_after(pcp: PerCpuPages, count: int) -> int:
    """How often a CPU gives a batch back while its lists, one page after the other, grow to so many pages."""
    drains = 0 if count < pcp.high else (count - pcp.high) // pcp.batch + 1
    return min(drains, count // pcp.batch)


def _hand_on(
    kernel: Kernel, pcp: PerCpuPages, kind: int, freed: tuple[list[Chunk], int], surplus: int
) -> tuple[int, list[Chunk]]:
    """Give the `surplus` oldest pages to the buddy lists: first those held, then those just freed.

    Returns how many of the pages just freed are left, and which.
    """
    held = pcp.lists[kind]
    chunks, count = freed
    old = min(surplus, held.nr)
    surplus -= old
    count -= surplus
    if old:
        following = _next_freed(chunks, surplus)
        if _free_cold(kernel, held, kind, old, following) and following is not None:
            surplus -= following[1].bit_count()
            block, rest = chunks[0][0], chunks[0][1] ^ following[1]
            chunks = [(block, rest), *chunks[1:]] if rest else chunks[1:]
    whole: list[Pageblock] = []
    for place, (block, mask) in enumerate(chunks):
        size = mask.bit_count()
        if size > surplus:
            _free_whole_blocks(kernel, whole)
            if not surplus:
                return count, chunks[place:]
            rest = take_highest(mask, size - surplus)
            free_frames(kernel, block, mask ^ rest, _type_of(block))
            return count, [(block, rest), *chunks[place + 1 :]]
        surplus -= size
        if mask == FULL:
            whole.append(block)
            continue
        _free_whole_blocks(kernel, whole)
        whole = []
        free_frames(kernel, block, mask, _type_of(block))
    _free_whole_blocks(kernel, whole)
    return count, []


def _next_freed(chunks: list[Chunk], surplus: int) -> Chunk | None:
    """What of the first chunk is among the `surplus` oldest pages of all."""
    if not surplus or not chunks:
        return None
    block, mask = chunks[0]
    return block, take_lowest(mask, surplus)


def _type_of(block: Pageblock) -> MigrateType:
    return block.zone.types.get(block.index, _MOVABLE)


def _free_whole_blocks(kernel: Kernel, blocks: list[Pageblock]) -> None:
    """Free whole pageblocks of one zone and type."""
    if blocks:
        free_pageblocks(kernel, blocks[0].zone, blocks, _type_of(blocks[0]))
