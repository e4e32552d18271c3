"""Whole pageblocks that lie one after the other on an LRU list: off it, and onto it, in one go (mm/swap.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.group_order import forget_stamp
from thpsh.mm.reclaim_stat import note_pages
from thpsh.structs.bits import FULL, PAGES
from thpsh.structs.lru import LruEntry
from thpsh.structs.page import Lru

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone


def unlink_blocks(kernel: Kernel, blocks: list[Pageblock]) -> None:
    """Take pageblocks with one entry of 512 small pages each off the LRU; the pageblocks themselves stay unchanged.

    Memory touched in one go lies there in one stretch.
    """
    for listed in {block.lru[0].home for block in blocks}:
        kernel.own(listed)
        for block in blocks if listed.stamps or listed.late else ():
            forget_stamp(block.lru[0])
    first = last = blocks[0].lru[0]
    first.home.nr_pages -= PAGES
    for block in blocks[1:]:
        entry = block.lru[0]
        if last.newer is not entry:
            _unlink_stretch(kernel, first, last)
            first = entry
        last = entry
        entry.home.nr_pages -= PAGES
    _unlink_stretch(kernel, first, last)


def _unlink_stretch(kernel: Kernel, first: LruEntry, last: LruEntry) -> None:
    """Take entries that follow each other, from the oldest to the newest, off their list, which is owned."""
    listed, older, newer = first.home, first.older, last.newer
    if older is None:
        listed.oldest = newer
    else:
        kernel.own(older)
        older.newer = newer
    if newer is None:
        listed.newest = older
    else:
        kernel.own(newer)
        newer.older = older


def add_huge_pages(kernel: Kernel, zone: Zone, blocks: list[Pageblock]) -> None:
    """Put fresh huge pages of a zone on the active list of anonymous pages, the last of them newest.

    They belong to the root group and are in no LRU cache; the pageblocks are the caller's to own.
    """
    listed = zone.lruvec.lists[Lru.ACTIVE_ANON]
    kernel.own(listed)
    epoch = kernel.journal.epoch
    newest = listed.newest
    if newest is not None:
        kernel.own(newest)
    for block in blocks:
        entry = LruEntry(block, FULL, listed, None, newest, epoch=epoch)
        if newest is None:
            listed.oldest = entry
        else:
            newest.newer = entry
        newest = entry
        block.lru = (entry,)
        block.active = FULL
    listed.newest = newest
    listed.nr_pages += PAGES * len(blocks)
    note_pages(kernel, zone, None, Lru.ACTIVE_ANON, len(blocks))
