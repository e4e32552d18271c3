"""Compaction: movable pages gather at the end of a zone, so that free memory comes together (mm/compaction.c)."""

from __future__ import annotations

from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from thpsh.mm.compaction_scan import (
    CompactControl,
    isolate_freepages,
    isolate_migratepages,
    skip_empty,
    take_isolated,
)
from thpsh.mm.extfrag import AVAILABLE, fragmentation_index
from thpsh.mm.migrate_pages import How, migrate_pages
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.pagevec import lru_add_drain, lru_add_drain_all
from thpsh.mm.pcp import free_pages_masks
from thpsh.mm.watermark import zone_watermark_ok
from thpsh.record import record
from thpsh.structs.page import HPAGE_NR, MAX_ORDER, PAGEBLOCK_ORDER, Gfp, MigrateType, allocflags_to_migratetype
from thpsh.trace.events.compaction import CompactDeferred, CompactStall, MmCompactionMigratepages

if TYPE_CHECKING:
    from thpsh.mm.buddy import Chunk
    from thpsh.mm.pcp import PageRun
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.zone import Node, Zone

WHOLE_ZONE: Final = -1  # the order of a compaction that a file asked for
MAX_DEFER_SHIFT: Final = 6


class CompactResult(IntEnum):
    """How a compaction ended (COMPACT_SKIPPED …)."""

    SKIPPED = 0  # not begun: too little memory, or fragmentation is not the problem
    CONTINUE = 1
    PARTIAL = 2  # there is a suitable block
    COMPLETE = 3  # the scanners met


@record(frozen=True)
class CompactReport:
    """What compacting a node did."""

    moved: int  # pages
    failed: int


def compaction_suitable(kernel: Kernel, zone: Zone, order: int) -> CompactResult:
    """Is there enough free memory to move pages to, and is fragmentation what is wrong?

    Who asks for all of a zone is never refused; before 3.0 the low mark counted for him, too.
    """
    if order == WHOLE_ZONE:
        always = kernel.features.compact_all_always or zone_watermark_ok(zone, 0, zone.low_wmark, 0)
        return CompactResult.CONTINUE if always else CompactResult.SKIPPED
    mark = zone.low_wmark + (2 << order)
    if not zone_watermark_ok(zone, 0, mark, 0):
        return CompactResult.SKIPPED
    index = fragmentation_index(zone, order)
    if 0 <= index <= kernel.sysctl.extfrag_threshold:
        return CompactResult.SKIPPED
    if index == AVAILABLE and zone_watermark_ok(zone, order, mark, 0):
        return CompactResult.PARTIAL
    return CompactResult.CONTINUE


def compaction_deferred(kernel: Kernel, zone: Zone) -> bool:
    """Count an attempt; is it one of those that are left out since compaction failed of late?"""
    state = zone.compaction
    kernel.own(state)
    limit = 1 << state.shift
    state.considered = min(state.considered + 1, limit)
    if state.considered >= limit:
        return False
    kernel.trace.emit(CompactDeferred(zone.node, zone.kind.label, state.considered, limit))
    return True


def defer_compaction(kernel: Kernel, zone: Zone) -> None:
    """A compaction was in vain: leave out twice as many attempts, up to 63."""
    state = zone.compaction
    kernel.own(state)
    state.considered = 0
    state.shift = min(state.shift + 1, MAX_DEFER_SHIFT)


def forget_deferral(kernel: Kernel, zone: Zone) -> None:
    """A compaction was worth it."""
    kernel.own(zone.compaction)
    zone.compaction.considered = zone.compaction.shift = 0


def _finished(control: CompactControl) -> CompactResult:
    """Is a suitable block free, or have the scanners met (compact_finished)?"""
    zone, order = control.zone, control.order
    if control.met:
        return CompactResult.COMPLETE
    if order == WHOLE_ZONE or not zone_watermark_ok(zone, order, zone.low_wmark + (1 << order), 0):
        return CompactResult.CONTINUE
    for larger in range(order, MAX_ORDER):
        lists = zone.area.lists[larger]
        if lists[control.kind].nr or (larger >= PAGEBLOCK_ORDER and any(listed.nr for listed in lists)):
            return CompactResult.PARTIAL
    return CompactResult.CONTINUE


def compact_zone(kernel: Kernel, control: CompactControl) -> CompactResult:
    """Move pages of a zone until a suitable block is free or the scanners meet."""
    zone = control.zone
    result = compaction_suitable(kernel, zone, control.order)
    if result is not CompactResult.CONTINUE:
        return result
    lru_add_drain(kernel, control.cpu)
    control.places = sorted(zone.pageblocks)
    before = kernel.clock.moment
    result = _finished(control)
    while result is CompactResult.CONTINUE:
        control.batches += skip_empty(control)
        pages = isolate_migratepages(kernel, control)
        if pages is not None:
            control.batches += 1
        if pages:
            _migrate(kernel, control, pages)
            result = _finished(control)
        elif control.met:
            result = CompactResult.COMPLETE
    _release_freepages(kernel, control)
    kernel.clock.spend(control.scanned * kernel.cost.scan_page)
    kernel.trace.emit(
        MmCompactionMigratepages(
            zone.node, zone.kind.label, control.order, control.sync, control.batches, control.moved, control.failed,
            control.scanned, result.name.lower(), kernel.clock.moment - before,
        )
    )  # fmt: skip
    return result


def _migrate(kernel: Kernel, control: CompactControl, pages: list[Chunk]) -> None:
    """Move one batch, the highest page to the highest free frame; what is left goes back to its lists.

    Pages that are refused for good, those of KSM and of ramfs and dirty ones of files, count as moved.
    """
    wanted = sum(frames.bit_count() for _, frames in pages)
    new_pages = partial(_compaction_alloc, kernel, control, wanted)
    left = migrate_pages(kernel, control.cpu, pages, new_pages, How(control.sync, downwards=True)).left
    putback_lru_pages(kernel, control.cpu, left)
    failed = sum(frames.bit_count() for _, frames in left)
    control.failed += failed
    control.moved += wanted - failed


def _compaction_alloc(kernel: Kernel, control: CompactControl, wanted: int, count: int) -> list[PageRun]:
    """Free frames to move pages to; the free scanner goes on when there are none left of those it has isolated."""
    targets = take_isolated(control, count)
    while (missing := count - sum(run[2] for run in targets)) > 0:
        isolate_freepages(kernel, control, wanted)
        more = take_isolated(control, missing)
        if not more:
            break
        targets += more
    return targets


def _release_freepages(kernel: Kernel, control: CompactControl) -> None:
    """Give back the frames that no page was moved to."""
    freed: dict[Pageblock, int] = {}
    for block, mask in reversed(control.free):
        freed[block] = freed.get(block, 0) | mask
    control.free = []
    if freed:
        free_pages_masks(kernel, control.cpu, freed)


def _control(zone: Zone, cpu: int, order: int, kind: MigrateType, *, sync: bool) -> CompactControl:
    return CompactControl(zone, cpu, order, kind, sync, zone.start_pfn, zone.end_pfn & -HPAGE_NR)


def try_to_compact_pages(
    kernel: Kernel, cpu: int, zones: tuple[Zone, ...], order: int, gfp: int, *, sync: bool
) -> CompactResult:
    """Compact zone after zone until one of them could serve the allocation; it waits that long (direct compaction)."""
    if not order or not gfp & Gfp.FS or not gfp & Gfp.IO:
        return CompactResult.SKIPPED
    best = CompactResult.SKIPPED
    with kernel.trace.cause(CompactStall(order, sync)):
        for zone in zones:
            control = _control(zone, cpu, order, allocflags_to_migratetype(gfp), sync=sync)
            best = max(best, compact_zone(kernel, control))
            if zone_watermark_ok(zone, order, zone.low_wmark, 0):
                break
    return best


def compact_for_kswapd(kernel: Kernel, cpu: int, zone: Zone, order: int) -> None:
    """Compact a zone from end to end, as one block would not be enough to live on (COMPACT_MODE_KSWAPD of 2.6.38)."""
    if compaction_suitable(kernel, zone, order) is CompactResult.CONTINUE:
        compact_zone(kernel, _control(zone, cpu, WHOLE_ZONE, MigrateType.UNMOVABLE, sync=False))


def compact_node(kernel: Kernel, cpu: int, node: Node) -> CompactReport:
    """Compact all zones of a node, whatever they need; huge pages stay where they are."""
    lru_add_drain_all(kernel)
    runs_of = [_control(zone, cpu, WHOLE_ZONE, MigrateType.UNMOVABLE, sync=False) for zone in node.zones]
    for control in runs_of:
        compact_zone(kernel, control)
    return CompactReport(sum(control.moved for control in runs_of), sum(control.failed for control in runs_of))
