"""Compaction of zones; figures of a real kernel from the recording frag-compact."""

import pytest

from tests.support import START, K, M, host
from thpsh.mm.compaction import (
    CompactResult,
    compact_node,
    compaction_deferred,
    compaction_suitable,
    defer_compaction,
    forget_deferral,
    try_to_compact_pages,
)
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Madv
from thpsh.mm.page_alloc import drain_all_pages
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import PAGE_SIZE, Gfp


def punched(size, stride, keep=4 * K, memory=640 * M):
    """A process that used `size` bytes in small pages and of every `stride` bytes kept the first."""
    h = host(memory=memory, cmdline="transparent_hugepage=madvise")
    h.map(size)
    h.write(0, size, value=3)
    for offset in range(0, size, stride):
        madvise(h.kernel, h.task, START + offset + keep, stride - keep, Madv.DONTNEED)
    lru_add_drain_all(h.kernel)
    drain_all_pages(h.kernel)
    return h


def compact(h):
    report = compact_node(h.kernel, 0, h.kernel.nodes[0])
    debug_vm(h.kernel)
    lru_add_drain_all(h.kernel)
    drain_all_pages(h.kernel)
    debug_vm(h.kernel)
    return report


def large(kernel):
    """Free pageblocks, alone or in pairs."""
    return sum(
        sum(listed.nr for listed in zone.area.lists[order]) << order - 9 for zone in kernel.zones for order in (9, 10)
    )


def test_pages_one_in_two_are_put_together():
    h = punched(120 * M, 8 * K)
    before = large(h.kernel)
    report = compact(h)
    assert 7700 <= report.moved <= 8506
    assert report.failed == 0
    assert 481 <= h.event("compact_blocks_moved") <= 503
    assert large(h.kernel) >= before + 28
    table = h.task.mm.pmds[START >> 21]
    assert table.present.bit_count() == 256
    assert h.read(0, 4 * K).minor == 0, "every page kept its place"


def test_memory_that_is_compact_is_passed_over_batch_by_batch():
    h = punched(120 * M, 8 * K)
    compact(h)
    before = h.event("compact_blocks_moved")
    report = compact(h)
    assert report.moved == 0
    assert 272 <= h.event("compact_blocks_moved") - before <= 280


def test_huge_pages_stay():
    h = host(memory=640 * M)
    h.map(120 * M)
    h.write(0, 120 * M)
    before = [entry.block.index for entry in h.task.mm.pmds.values() if hasattr(entry, "block")]
    compact(h)
    assert [entry.block.index for entry in h.task.mm.pmds.values() if hasattr(entry, "block")] == before
    assert 310 <= h.event("compact_blocks_moved") <= 320  # frag-compact-huge: 314 to 317


def test_shared_pages_stay_shared():
    h = punched(8 * M, 8 * K)
    child = fork(h.kernel, h.task, "child")
    assert compact(h).moved > 0
    for slot, entry in h.task.mm.pmds.items():
        if START >> 21 <= slot < START + 8 * M >> 21:
            assert child.mm.pmds[slot].present == entry.present
    h.write(0, 8 * M, task=child)


@pytest.mark.parametrize("how", ["locked", "pinned"])
def test_what_is_locked_or_pinned_stays(how):
    h = punched(8 * M, 2 * M)
    for offset in range(0, 8 * M, 2 * M):
        if how == "locked":
            mlock(h.kernel, h.task, START + offset, PAGE_SIZE)
        else:
            pin(h.kernel, h.task, START + offset, PAGE_SIZE)
    lru_add_drain_all(h.kernel)
    slots = range(START >> 21, START + 8 * M >> 21)
    before = [frame_at(h.kernel, h.task.mm.pmds[slot], 0) for slot in slots]
    report = compact(h)
    assert (report.failed > 0) == (how == "pinned")
    assert [frame_at(h.kernel, h.task.mm.pmds[slot], 0) for slot in slots] == before


def test_a_host_with_free_pageblocks_needs_no_compaction():
    kernel = host(memory=640 * M).kernel
    zone = kernel.zones[-1]
    assert compaction_suitable(kernel, zone, 9) is CompactResult.PARTIAL
    assert compaction_suitable(kernel, zone, -1) is CompactResult.CONTINUE


def test_compaction_is_for_fragmentation_not_for_lack_of_memory():
    h = host(memory=640 * M, cmdline="transparent_hugepage=madvise")
    zone = h.kernel.zones[-1]
    for lists in zone.area.lists[9:]:
        for listed in lists:
            listed.nr = 0
    zone.area.lists[0][2].nr = zone.free
    assert compaction_suitable(h.kernel, zone, 9) is CompactResult.CONTINUE
    h.kernel.sysctl.extfrag_threshold = 1000
    assert compaction_suitable(h.kernel, zone, 9) is CompactResult.SKIPPED
    h.kernel.sysctl.extfrag_threshold = 500
    zone.free = zone.low_wmark + 1024
    assert compaction_suitable(h.kernel, zone, 9) is CompactResult.SKIPPED


def test_attempts_are_left_out_after_failures_twice_as_many_each_time():
    kernel = host().kernel
    zone = kernel.zones[-1]

    def left_out():
        count = 0
        while compaction_deferred(kernel, zone):
            count += 1
        return count

    found = [left_out()]
    for _ in range(8):
        defer_compaction(kernel, zone)
        found.append(left_out())
    assert found == [0, 1, 3, 7, 15, 31, 63, 63, 63]
    forget_deferral(kernel, zone)
    assert left_out() == 0


def test_no_compaction_for_single_pages_or_without_io():
    h = host()
    zones = h.kernel.nodes[0].zonelist
    for order, gfp in ((0, Gfp.TRANSHUGE), (9, Gfp.TRANSHUGE & ~Gfp.IO), (9, Gfp.TRANSHUGE & ~Gfp.FS)):
        assert try_to_compact_pages(h.kernel, 0, zones, order, gfp, sync=False) is CompactResult.SKIPPED
    assert h.event("compact_stall") == 0
    try_to_compact_pages(h.kernel, 0, zones, 9, Gfp.TRANSHUGE, sync=False)
    assert h.event("compact_stall") == 1


@pytest.mark.parametrize(("release", "refused"), [("2.6.39", True), ("3.0", False)])
def test_before_3_0_compaction_on_request_passes_over_zones_below_their_low_mark(release, refused):
    h = host(memory=128 * M, kernel=release)
    zone = h.kernel.zones[-1]
    assert compaction_suitable(h.kernel, zone, -1) is CompactResult.CONTINUE
    zone.low_wmark = zone.free
    assert (compaction_suitable(h.kernel, zone, -1) is CompactResult.SKIPPED) is refused
    before = h.event("compact_blocks_moved")
    compact_node(h.kernel, 0, h.kernel.nodes[0])
    assert (h.event("compact_blocks_moved") - before < 10) is refused
