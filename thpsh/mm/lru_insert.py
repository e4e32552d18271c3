"""Pages that come to a place between others: on their zone's list, or on that of their group (mm/swap.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.group_order import make_newest, matters, pass_on, settle
from thpsh.structs.lru import LruEntry, TailsEntry

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock


def lru_add_page_tail(kernel: Kernel, place: LruEntry, mask: int) -> None:
    """Put the tails of a split huge page just newer than the head, the first tail newest."""
    ordered = place.home.stamps or place.home.late or matters(place.block)
    if ordered:
        settle(kernel, place.home)
    entry = _insert(kernel, place, TailsEntry, mask)
    if ordered:
        make_newest(kernel, entry)


def lru_add_after_commit(kernel: Kernel, block: Pageblock, frame: int) -> None:
    """A small page that a group is charged for late becomes the newest of the group's list, and stays on the zone's."""
    bit = 1 << frame
    entry = next((each for each in block.lru if each.mask & bit), None)
    if entry is None or not matters(block):
        return
    settle(kernel, entry.home)
    kernel.own(entry)
    lower, higher = entry.mask & bit - 1, entry.mask & -(bit << 1)
    older, newer = (lower, higher) if entry.ascending else (higher, lower)
    entry.mask = older or bit
    late = _insert(kernel, entry, LruEntry, bit) if older else entry
    if newer:
        pass_on(entry, _insert(kernel, late, type(entry), newer))
    make_newest(kernel, late)


def _insert(kernel: Kernel, place: LruEntry, kind_of: type[LruEntry], mask: int) -> LruEntry:
    """A new entry of the same pageblock, just newer than another; its pages are not counted."""
    listed, block = place.home, place.block
    entry = kind_of(block, mask, listed, place.newer, place, epoch=kernel.journal.epoch)
    kernel.own(place)
    kernel.own(listed)
    kernel.own(block)
    if place.newer is None:
        listed.newest = entry
    else:
        kernel.own(place.newer)
        place.newer.older = entry
    place.newer = entry
    block.lru = (*block.lru, entry)
    return entry
