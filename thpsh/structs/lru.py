"""LRU lists: doubly linked runs of pages (struct zone->lru, linux/mm_inline.h).

An entry holds frames of one pageblock that were added one after the other, so that a range of any length is a few
entries. The list knows its order exactly: entry by entry from the newest (list head) to the oldest (where reclaim
looks), and inside an entry by frame number in the direction the entry says. The list
of a group is the zone's, cut to its pages (mm/group_order.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from thpsh.record import field, record
from thpsh.structs.page import Lru
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thpsh.structs.pageblock import Pageblock


@record(eq=False)
class LruEntry(Versioned):
    """Frames of one pageblock that follow each other on one list; a huge page is one entry."""

    ascending: ClassVar[bool] = True  # the lowest frame is the oldest
    group_ascending: ClassVar[bool] = True  # the same, on the list of a group

    block: Pageblock
    mask: int
    home: LruList
    newer: LruEntry | None = None
    older: LruEntry | None = None


@record(eq=False)
class FallingEntry(LruEntry):
    """Frames of which the highest is the oldest."""

    ascending: ClassVar[bool] = False
    group_ascending: ClassVar[bool] = False


@record(eq=False)
class TailsEntry(FallingEntry):
    """The tails of a huge page that was split where it stood; on the list of a group they are the newest, in order."""

    group_ascending: ClassVar[bool] = True


@record(eq=False)
class LruList(Versioned):
    """One LRU list of a zone, or of a memcg in a zone."""

    kind: Lru
    nr_pages: int = 0  # base pages, as in the nr_* statistics
    newest: LruEntry | None = None
    oldest: LruEntry | None = None
    stamps: dict[LruEntry, int] = field(default_factory=dict)  # mm/group_order.py
    late: dict[LruEntry, int] = field(default_factory=dict)  # of those that are newer than their place tells
    stamp: int = 0  # the highest one given so far
    floor: int = 0  # and the lowest

    def from_oldest(self) -> Iterator[LruEntry]:
        """The entries in the order in which reclaim meets them."""
        entry = self.oldest
        while entry is not None:
            yield entry
            entry = entry.newer


@record(eq=False)
class Lruvec(Versioned):
    """The five lists of a zone, and what reclaim learnt from them (struct zone_reclaim_stat)."""

    lists: tuple[LruList, ...] = field(default_factory=lambda: tuple(LruList(kind) for kind in Lru))
    recent_rotated_anon: int = 0
    recent_rotated_file: int = 0
    recent_scanned_anon: int = 0
    recent_scanned_file: int = 0


@record(eq=False)
class Pagevec(Versioned):
    """A per-cpu LRU cache: up to 14 pages on their way to a list (struct pagevec)."""

    kind: Lru
    entries: list[tuple[Pageblock, int]] = field(default_factory=list)  # oldest first; a huge page is one entry
    nr: int = 0  # entries as the kernel counts them: one a page, small or huge
