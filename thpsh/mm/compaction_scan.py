"""The two scanners of compaction (mm/compaction.c: isolate_migratepages, isolate_freepages).

The migrate scanner takes used pages from the start of a zone upwards, the free scanner takes free frames from its end
downwards, until they meet.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from thpsh.mm.buddy import block_starts, free_mask, is_free_block, list_del, pageblock_at, set_small
from thpsh.mm.buddy_fallback import set_pageblock_migratetype, unlist_virgin
from thpsh.mm.lru import del_page_from_lru
from thpsh.mm.watermark import zone_watermark_ok
from thpsh.record import field, record
from thpsh.structs.bits import FULL, PREFIX, SUFFIX, indices, lowest, runs, take_highest, take_lowest
from thpsh.structs.page import HPAGE_NR, PAGEBLOCK_ORDER, Lru, MigrateType

if TYPE_CHECKING:
    from thpsh.mm.buddy import Chunk
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Zone

COMPACT_CLUSTER_MAX: Final = 32
_LOW: Final = HPAGE_NR - 1


@record(eq=False)
class CompactControl:
    """One run over one zone (struct compact_control); it lives no longer than the run."""

    zone: Zone
    cpu: int
    order: int  # -1: the whole zone
    kind: MigrateType
    sync: bool
    migrate_pfn: int
    free_pfn: int
    free: list[Chunk] = field(default_factory=list)  # isolated frames; used from the highest of the last chunk down
    places: list[int] = field(default_factory=list)  # the pageblocks with objects when the run began, ascending
    scanned: int = 0
    batches: int = 0
    moved: int = 0
    failed: int = 0

    @property
    def met(self) -> bool:
        """Have the scanners met?"""
        return self.free_pfn <= self.migrate_pfn


def next_block(pfn: int) -> int:
    """ALIGN(pfn + 512, 512): the end of the pageblock that begins at a frame, or of the next one."""
    return pfn + HPAGE_NR + _LOW & ~_LOW


def isolate_migratepages(kernel: Kernel, control: CompactControl) -> list[Chunk] | None:
    """Take up to 32 pages of one pageblock off the LRU; None where there is nothing to be scanned any more.

    A scan that starts inside a pageblock, since the last one got its 32 pages there, goes on to the end of the next.
    """
    low = max(control.migrate_pfn, control.zone.start_pfn)
    end = next_block(low)
    if end > control.free_pfn:
        control.migrate_pfn = end
        return None
    pages: list[Chunk] = []
    wanted = COMPACT_CLUSTER_MAX
    pfn = low
    while pfn < end and wanted:
        block = control.zone.pageblocks.get(pfn >> PAGEBLOCK_ORDER)
        skipped = _passed_over(control, block, pfn)
        if skipped:
            pfn = skipped
            continue
        taken = take_lowest(_evictable(block) & SUFFIX[pfn & _LOW], wanted) if block is not None else 0
        pfn = (pfn & ~_LOW) + HPAGE_NR
        if block is not None and taken:
            del_page_from_lru(kernel, block, taken)
            pages.append((block, taken))
            wanted -= taken.bit_count()
            if not wanted:
                pfn = block.start_pfn + taken.bit_length() - 1
    control.scanned += pfn - low
    control.migrate_pfn = pfn
    return pages


def _passed_over(control: CompactControl, block: Pageblock | None, pfn: int) -> int:
    """Where an asynchronous scan goes on that meets a used page in a pageblock that is not Movable; 0: nowhere else.

    The kernel rounds up what it has already moved on by 512, and so passes over the next pageblock, too, unless the
    used page was the first of its own.
    """
    if control.sync or control.zone.migratetype(pfn >> PAGEBLOCK_ORDER) == MigrateType.MOVABLE:
        return 0
    used = SUFFIX[pfn & _LOW]
    if block is not None:
        used &= ~free_mask(block)
    return next_block((pfn & ~_LOW) + lowest(used)) if used else 0


def _evictable(block: Pageblock) -> int:
    """The small pages that are on one of the four lists that reclaim looks at."""
    if block.huge:
        return 0
    mask = 0
    for entry in block.lru:
        if entry.home.kind is not Lru.UNEVICTABLE:
            mask |= entry.mask
    return mask


def skip_empty(control: CompactControl) -> int:
    """Move the migrate scanner over pageblocks of which no frame is in use; returns how many batches that is."""
    if control.migrate_pfn & _LOW or control.migrate_pfn < control.zone.start_pfn:
        return 0
    index = control.migrate_pfn >> PAGEBLOCK_ORDER
    place = bisect_left(control.places, index)
    last = (control.free_pfn >> PAGEBLOCK_ORDER) - 1  # the last one that the migrate scanner may enter
    upto = min(control.places[place] if place < len(control.places) else last, last)
    if upto <= index:
        return 0
    control.scanned += upto - index << PAGEBLOCK_ORDER
    control.migrate_pfn = upto << PAGEBLOCK_ORDER
    return upto - index


def isolate_freepages(kernel: Kernel, control: CompactControl, wanted: int) -> None:
    """Take free frames, whole pageblocks of them, until there are enough or the scanners meet."""
    zone = control.zone
    pfn = control.free_pfn
    low = control.migrate_pfn + HPAGE_NR
    highest = min(low, pfn)
    found = 0
    while pfn > low and found < wanted:
        if zone.start_pfn <= pfn < zone.end_pfn and _suitable_migration_target(zone, pfn):
            isolated = _isolate_block(kernel, control, pfn >> PAGEBLOCK_ORDER)
            control.scanned += HPAGE_NR
            found += isolated
            if isolated:
                highest = max(highest, pfn)
        pfn -= HPAGE_NR
    control.free_pfn = highest


def _suitable_migration_target(zone: Zone, pfn: int) -> bool:
    """May pages be moved into a pageblock?"""
    kind = zone.migratetype(pfn >> PAGEBLOCK_ORDER)
    if kind in (MigrateType.ISOLATE, MigrateType.RESERVE):
        return False
    return kind == MigrateType.MOVABLE or is_free_block(zone, pfn)


def _may_split(zone: Zone, order: int) -> bool:
    """Does the zone stay above its low mark without a free block (split_free_page)?"""
    return zone_watermark_ok(zone, 0, zone.low_wmark + (1 << order), 0)


def _isolate_block(kernel: Kernel, control: CompactControl, index: int) -> int:
    """Take the free blocks that begin in a pageblock; returns how many frames (isolate_freepages_block)."""
    zone = control.zone
    if is_free_block(zone, index << PAGEBLOCK_ORDER):
        return _isolate_large(kernel, control, index)
    block = zone.pageblocks.get(index)
    if block is None or not block.free:
        return 0
    mask = free_mask(block)
    if not zone_watermark_ok(zone, 0, zone.low_wmark + HPAGE_NR + mask.bit_count(), 0):
        mask = _affordable(zone, mask)
    if not mask:
        return 0
    for kind, blocks in tuple(block.free.items()):
        if blocks.mask & mask:
            set_small(kernel, block, kind, blocks.mask & ~mask)
    if block_starts(mask)[PAGEBLOCK_ORDER - 1]:
        set_pageblock_migratetype(kernel, zone, index, MigrateType.MOVABLE)
    kernel.own(zone)
    zone.free -= mask.bit_count()
    control.free.append((block, mask))
    return mask.bit_count()


def _affordable(zone: Zone, mask: int) -> int:
    """The free blocks, in ascending order, that can go before the zone falls to its low mark."""
    sizes = {frame: order for order, starts in enumerate(block_starts(mask)) for frame in indices(starts)}
    taken = 0
    room = zone.free - 2 - zone.low_wmark - zone.lowmem_reserve[0]  # a block of order k needs more than 2 ** k
    for frame in sorted(sizes):
        size = 1 << sizes[frame]
        if room > size:
            taken |= PREFIX[size] << frame
            room -= size
    return taken


def _isolate_large(kernel: Kernel, control: CompactControl, index: int) -> int:
    """Take a free block of order 9 or 10, all of it."""
    zone = control.zone
    nine, ten = zone.area.lists[PAGEBLOCK_ORDER], zone.area.lists[PAGEBLOCK_ORDER + 1]
    listed = next((each for each in nine if index in each.blocks), None)
    order = PAGEBLOCK_ORDER if listed is not None else PAGEBLOCK_ORDER + 1
    if not _may_split(zone, order):
        return 0
    if listed is None:
        listed = next((each for each in ten if index in each.blocks), None)
    if listed is not None:
        list_del(kernel, listed, index)
    else:
        unlist_virgin(kernel, zone, index)
    kernel.own(zone)
    zone.free -= 1 << order
    for whole in range(index, index + (1 << order - PAGEBLOCK_ORDER)):
        set_pageblock_migratetype(kernel, zone, whole, MigrateType.MOVABLE)
        control.free.append((pageblock_at(kernel, zone, whole), FULL))
    return 1 << order


def take_isolated(control: CompactControl, count: int) -> list[PageRun]:
    """Hand out isolated frames: runs to be used from their ends downwards (compaction_alloc)."""
    pages: list[PageRun] = []
    while count and control.free:
        block, mask = control.free.pop()
        taken = take_highest(mask, count)
        if taken != mask:
            control.free.append((block, mask ^ taken))
        pages += [(block, first, length) for first, length in reversed(runs(taken))]
        count -= taken.bit_count()
    return pages
