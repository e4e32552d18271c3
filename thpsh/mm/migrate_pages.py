"""Moving a list of pages, with all that may go wrong (mm/migrate.c: migrate_pages, unmap_and_move)."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.isolate import ramfs_pages, unmovable
from thpsh.mm.migrate import Move, move_to_new_pages, paired, remove_migration_ptes
from thpsh.mm.migrate_charge import chargeable, uncharge_unused
from thpsh.mm.migrate_putback import putback_lru_pages, waste
from thpsh.mm.page_flags import file_backed, ksm_pages
from thpsh.mm.rmap_walk import mapped_ranges
from thpsh.structs.bits import indices, lowest, runs, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thpsh.mm.buddy import Chunk
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock

_ATTEMPTS: Final = 10


class Outcome(NamedTuple):
    """Which pages did not move, and whether it gave up for lack of memory or of room in a group."""

    refused: list[Chunk]  # for good: they are back on their lists, and no longer on that of the caller
    left: list[Chunk]  # still the caller's to put back
    nomem: bool

    @property
    def stayed(self) -> int:
        """How many they are."""
        return sum(frames.bit_count() for _, frames in (*self.refused, *self.left))


class How(NamedTuple):
    """The caller's wishes."""

    sync: bool = True  # dirty pages of files may be moved
    downwards: bool = False  # the highest page first, to the end of each run of new frames


ANYWAY: Final = How()


def migrate_pages(
    kernel: Kernel, cpu: int, pages: list[Chunk], new_pages: Callable[[int], list[PageRun]], how: How = ANYWAY
) -> Outcome:
    """Move isolated pages to frames from `new_pages`, which may hand out fewer than it is asked for.

    Pages that somebody holds a reference on are tried ten times, and each attempt takes a new frame and gives it back.
    """
    if any(_stuck(block, frames, how) for block, frames in pages):
        return _one_by_one(kernel, cpu, pages, new_pages, how)
    left = _move_all(kernel, cpu, pages, new_pages, how)
    return Outcome([], left, bool(left))


def busy(block: Pageblock, frames: int, how: How = ANYWAY) -> int:
    """Of some frames, dirty ones of files that cannot write them, or not now (EINVAL, EBUSY)."""
    files = file_backed(block, frames)
    mask = ramfs_pages(block, files) & block.dirty
    if not how.sync and files:
        mask |= files & block.dirty
        for mapping in mapped_ranges(block, files):
            mask |= shifted(mapping.pages & mapping.table.dirty, mapping.shift)
    return mask


def _stuck(block: Pageblock, frames: int, how: How) -> int:
    return frames & (unmovable(block) | busy(block, frames, how))


def _not_in(pages: list[Chunk], moves: list[Move]) -> list[Chunk]:
    done: dict[Pageblock, int] = {}
    for move in moves:
        done[move.block] = done.get(move.block, 0) | move.frames
    return [(block, rest) for block, frames in pages if (rest := frames & ~done.get(block, 0))]


class _Piece(NamedTuple):
    """Some pages of one pageblock: a single one that is stuck, or others that are not."""

    block: Pageblock
    frames: int
    stuck: bool


def _in_order(pages: Iterable[Chunk], how: How) -> list[_Piece]:
    """The pages in the order in which they are tried, cut where one is stuck."""
    pieces: list[_Piece] = []
    for block, frames in pages:
        rest = frames
        for frame in indices(_stuck(block, frames, how)):
            before, bit = rest & (1 << frame) - 1, 1 << frame
            if before:
                pieces.append(_Piece(block, before, stuck=False))
            pieces.append(_Piece(block, bit, stuck=True))
            rest &= ~(before | bit)
        if rest:
            pieces.append(_Piece(block, rest, stuck=False))
    return pieces[::-1] if how.downwards else pieces


def _as_chunks(pieces: Iterable[_Piece], how: How) -> list[Chunk]:
    """Pieces as they come as pages of pageblocks, in the order in which the caller had them."""
    chunks = [(piece.block, piece.frames) for piece in pieces]
    return chunks[::-1] if how.downwards else chunks


def _move_all(
    kernel: Kernel, cpu: int, pages: list[Chunk], new_pages: Callable[[int], list[PageRun]], how: How
) -> list[Chunk]:
    """Move pages of which none is stuck; returns those for which there is no frame, or no room in their group."""
    wanted = [(block, first, length) for block, frames in pages for first, length in runs(frames)]
    if how.downwards:
        wanted.reverse()
    sources = chargeable(kernel, cpu, wanted, downwards=how.downwards)
    count = sum(run[2] for run in sources)
    moves = paired(sources, new_pages(count), downwards=how.downwards)
    left = _not_in(pages, moves)
    move_to_new_pages(kernel, cpu, moves, downwards=how.downwards)
    if count < sum(run[2] for run in wanted):
        for page in new_pages(1):  # the one that there was no room for
            waste(kernel, cpu, page, file=True)
    return left


def _one_by_one(
    kernel: Kernel, cpu: int, pages: list[Chunk], new_pages: Callable[[int], list[PageRun]], how: How
) -> Outcome:
    """The same, where some of the pages cannot move."""
    pending = _in_order(pages, how)
    refused: list[_Piece] = []
    done = _Attempt([], [])
    for _ in range(_ATTEMPTS):
        done = _attempt(kernel, cpu, pending, new_pages, how)
        refused += done.refused
        pending = done.again
        if done.nomem or not pending:
            break
    return Outcome(_as_chunks(refused, how), _as_chunks(pending, how), done.nomem)


class _Attempt(NamedTuple):
    """What one go through the list has come to so far."""

    refused: list[_Piece]
    again: list[_Piece]
    nomem: bool = False


def _attempt(
    kernel: Kernel, cpu: int, pieces: list[_Piece], new_pages: Callable[[int], list[PageRun]], how: How
) -> _Attempt:
    """Go through the list once: what is between two stuck pages moves at once."""
    done = _Attempt([], [])
    behind = 0
    for stuck, part in groupby(pieces, key=attrgetter("stuck")):
        some = list(part)
        behind += len(some)
        if stuck:
            rest = _try_stuck(kernel, cpu, some, new_pages, how, done)
        else:
            rest = _in_order(_move_all(kernel, cpu, _as_chunks(some, how), new_pages, how), how)
        if rest:
            return _Attempt(done.refused, [*done.again, *rest, *pieces[behind:]], nomem=True)
    return done


def _try_stuck(
    kernel: Kernel, cpu: int, pages: list[_Piece], new_pages: Callable[[int], list[PageRun]], how: How, done: _Attempt
) -> list[_Piece]:
    """Try pages that cannot move, one after the other; returns those from the first on for which memory is short."""
    for number, page in enumerate(pages):
        supply = new_pages(1)
        if not supply or not _has_room(kernel, cpu, page):
            for spare in supply:
                waste(kernel, cpu, spare, file=True)
            return pages[number:]
        (done.again if _in_vain(kernel, cpu, page, supply[0], how) else done.refused).append(page)
    return []


def _has_room(kernel: Kernel, cpu: int, page: _Piece) -> bool:
    """Is there room for its new frame in its group? Nobody asks for a page that KSM holds."""
    if ksm_pages(page.block) & page.frames:
        return True
    return bool(chargeable(kernel, cpu, [(page.block, lowest(page.frames), 1)]))


def _in_vain(kernel: Kernel, cpu: int, page: _Piece, target: PageRun, how: How) -> bool:
    """Try to move a page that cannot; True if it is worth another attempt, else it is back on its list."""
    block, bit = page.block, page.frames
    merged = ksm_pages(block) & bit
    never = merged or busy(block, bit, how)
    if not merged:
        remove_migration_ptes(kernel, block, bit)
        uncharge_unused(kernel, block, bit)
    if never:
        putback_lru_pages(kernel, cpu, [(block, bit)])
    waste(kernel, cpu, target, file=bool(merged or file_backed(block, bit)))
    return not never
