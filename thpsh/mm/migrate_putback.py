"""Where the frames of a migration go: to LRU lists, or through an LRU cache to be free (putback_lru_page)."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from thpsh.mm.isolate import unevictable
from thpsh.mm.lru import add_page_to_lru_list, release_frames
from thpsh.mm.page_flags import file_backed
from thpsh.mm.page_rmap import set_owner
from thpsh.mm.pagevec import lru_cache_add, lru_cache_add_runs, put_dying
from thpsh.structs.bits import FULL, runs, span
from thpsh.structs.page import Lru
from thpsh.trace.events.unevictable import UnevictablePgsCulled

if TYPE_CHECKING:
    from thpsh.mm.buddy import Chunk
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


class Turn(NamedTuple):
    """Pages that have moved: which turn it was, the lists that the new frames and the old ones go to, and both."""

    place: int
    kind: Lru
    dying: Lru
    old: PageRun
    new: PageRun


def put_moved(kernel: Kernel, cpu: int, turns: list[Turn]) -> None:
    """Send the new frames of moved pages to their lists and the old ones on their way."""
    for (kind, dying), same in groupby(turns, key=attrgetter("kind", "dying")):
        pages = list(same)
        if kind is not dying:
            _put_dying(kernel, cpu, _joined([turn.old for turn in pages]), dying)
            _put_on(kernel, cpu, _joined([turn.new for turn in pages]), kind)
            continue
        for turn in pages:  # both wait in the same cache, one behind the other
            _put_dying(kernel, cpu, [turn.old], dying)
            _put_on(kernel, cpu, [turn.new], kind)


def _joined(pages: list[PageRun]) -> list[PageRun]:
    """Pages as runs, where each follows the one before in memory."""
    found: list[PageRun] = []
    for block, frame, length in pages:
        if found and found[-1][0] is block and found[-1][1] + found[-1][2] == frame:
            found[-1] = block, found[-1][1], found[-1][2] + length
        else:
            found.append((block, frame, length))
    return found


def _put_dying(kernel: Kernel, cpu: int, pages: list[PageRun], kind: Lru) -> None:
    freed = put_dying(kernel, cpu, pages, kind)
    if freed:
        release_frames(kernel, cpu, freed)


def waste(kernel: Kernel, cpu: int, page: PageRun, *, file: bool) -> None:
    """A new frame that no page moved to passes through an LRU cache, too, before it is free again."""
    block, frame, _ = page
    kernel.own(block)
    set_owner(block, 1 << frame, kernel.swap.space, None, 0)
    _put_dying(kernel, cpu, [page], Lru.INACTIVE_FILE if file else Lru.INACTIVE_ANON)


def putback_lru_pages(kernel: Kernel, cpu: int, pages: list[Chunk]) -> None:
    """Send pages that were isolated back to the lists they came from (putback_lru_pages)."""
    for block, frames in pages:
        kernel.own(block)
        stay = unevictable(block, frames)
        active = FULL if block.huge and block.active else block.active & frames
        lists = lists_of(frames, file_backed(block, frames), active, stay)
        block.active &= ~frames
        for mask, kind in lists:
            if block.huge and kind is not Lru.UNEVICTABLE:
                lru_cache_add(kernel, cpu, block, mask, kind)
            else:
                _put_on(kernel, cpu, _runs(block, mask), kind)
        culled = stay & ~block.mlocked
        if culled and not block.huge:
            kernel.trace.emit(UnevictablePgsCulled(culled.bit_count()))


def _put_on(kernel: Kernel, cpu: int, pages: list[PageRun], kind: Lru) -> None:
    if kind is Lru.UNEVICTABLE:
        for block, first, length in pages:
            add_page_to_lru_list(kernel, block, span(first, first + length), kind)
    else:
        lru_cache_add_runs(kernel, cpu, pages, kind)


def lists_of(frames: int, file: int, active: int, locked: int) -> list[tuple[int, Lru]]:
    """Which of some frames belong on which list."""
    groups = (
        (frames & ~file & ~active & ~locked, Lru.INACTIVE_ANON),
        (frames & ~file & active & ~locked, Lru.ACTIVE_ANON),
        (frames & file & ~active & ~locked, Lru.INACTIVE_FILE),
        (frames & file & active & ~locked, Lru.ACTIVE_FILE),
        (locked, Lru.UNEVICTABLE),
    )
    return [(mask, kind) for mask, kind in groups if mask]


def _runs(block: Pageblock, frames: int) -> list[PageRun]:
    return [(block, first, length) for first, length in runs(frames)]
