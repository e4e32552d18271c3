"""The scanners of compaction, step by step."""

from tests.support import START, M, host
from thpsh.mm.compaction_scan import (
    COMPACT_CLUSTER_MAX,
    CompactControl,
    isolate_freepages,
    isolate_migratepages,
    next_block,
    skip_empty,
    take_isolated,
)
from thpsh.mm.frames import frame_at
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.bits import FULL, span
from thpsh.structs.page import MigrateType


def scanning(size=16 * M, *, sync=False, huge=False):
    """A host whose process used some memory, and a run over its last zone that has not begun."""
    h = host(memory=640 * M, cmdline=f"transparent_hugepage={'always' if huge else 'never'}")
    h.map(size)
    h.write(0, size)
    lru_add_drain_all(h.kernel)
    zone = h.kernel.zones[-1]
    control = CompactControl(zone, 0, 9, MigrateType.MOVABLE, sync, zone.start_pfn, zone.end_pfn & -512)
    control.places = sorted(zone.pageblocks)
    return h, zone, control


def full_block(h, zone):
    """A pageblock that holds nothing but pages of the process, and is Movable."""
    return next(block for block in zone.pageblocks.values() if block.once == FULL and not block.huge)


def test_a_scan_ends_with_the_pageblock_or_the_next():
    assert next_block(1024) == 1536
    assert next_block(1025) == 2048
    assert next_block(16) == 1024


def test_32_pages_are_taken_and_the_next_scan_begins_at_the_last():
    h, zone, control = scanning()
    block = full_block(h, zone)
    control.migrate_pfn = block.start_pfn
    assert isolate_migratepages(h.kernel, control) == [(block, span(0, COMPACT_CLUSTER_MAX))]
    assert control.migrate_pfn == block.start_pfn + 31
    assert isolate_migratepages(h.kernel, control) == [(block, span(32, 64))]


def test_huge_pages_are_passed_over():
    h, _zone, control = scanning(huge=True)
    entry = h.task.mm.pmds[START >> 21]
    control.migrate_pfn = entry.block.start_pfn
    assert isolate_migratepages(h.kernel, control) == []
    assert control.migrate_pfn == entry.block.start_pfn + 512


def test_an_asynchronous_scan_looks_at_movable_pageblocks_only():
    h, zone, control = scanning()
    block = full_block(h, zone)
    zone.types[block.index] = MigrateType.RECLAIMABLE
    control.migrate_pfn = block.start_pfn
    assert isolate_migratepages(h.kernel, control) == []
    control.migrate_pfn, control.sync = block.start_pfn, True
    assert isolate_migratepages(h.kernel, control) == [(block, span(0, 32))]


def test_the_scanners_do_not_cross():
    h, zone, control = scanning()
    control.migrate_pfn, control.free_pfn = zone.start_pfn + 1024, zone.start_pfn + 1400
    assert isolate_migratepages(h.kernel, control) is None
    assert control.met


def test_pageblocks_of_which_no_frame_is_in_use_are_batches_of_nothing():
    _h, _zone, control = scanning()
    first = max(control.places)
    control.migrate_pfn = first + 1 << 9
    control.free_pfn = first + 11 << 9
    assert skip_empty(control) == 9
    assert control.migrate_pfn == first + 10 << 9


def test_free_frames_come_from_the_end_of_the_zone_highest_first():
    h, zone, control = scanning()
    before = zone.free
    isolate_freepages(h.kernel, control, 32)
    isolated = sum(mask.bit_count() for _, mask in control.free)
    assert isolated >= 32
    assert zone.free == before - isolated
    block, first, length = take_isolated(control, 5)[0]
    assert length == 5
    assert block.index == max(chunk[0].index for chunk in control.free)
    assert control.free[-1][1].bit_length() == first, "the next is the one below"


def test_reserve_pageblocks_are_no_target():
    h, zone, control = scanning()
    for index in range(zone.start_pfn >> 9, zone.end_pfn >> 9):
        zone.types[index] = MigrateType.RESERVE
    isolate_freepages(h.kernel, control, 32)
    assert control.free == []
    assert control.free_pfn == control.migrate_pfn + 512, "the migrate scanner may look at one more pageblock"


def test_free_blocks_stay_when_the_zone_is_at_its_low_mark():
    h, zone, control = scanning()
    zone.low_wmark = zone.free
    isolate_freepages(h.kernel, control, 32)
    assert control.free == []


def test_pages_in_use_are_where_they_were():
    h, _zone, control = scanning()
    table = h.task.mm.pmds[START >> 21]
    before = [frame_at(h.kernel, table, page) for page in (0, 100, 511)]
    isolate_migratepages(h.kernel, control)
    assert [frame_at(h.kernel, table, page) for page in (0, 100, 511)] == before
