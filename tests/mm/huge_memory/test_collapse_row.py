"""Full ranges side by side; that they come to the same state as one by one is in tests/properties/test_rows.py."""

import pytest

from tests.mm.huge_memory.scanned import in_order
from tests.support import START, K, M
from thpsh.mm.cgroup import cgroup_create
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.huge_memory.collapse_row import collapse_row
from thpsh.mm.huge_memory.scan import khugepaged_do_scan
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.khugepaged import Verdict
from thpsh.structs.page_table import HugePmd

SLOT = START >> 21


def row(h, slot=SLOT, most=8):
    return collapse_row(h.kernel, h.task.mm.vma_at(slot << 21), slot, most)


def test_all_ranges_become_huge_with_the_contents_they_had():
    h = in_order(8)
    h.write(5 * M, 4 * K, value=0)
    assert row(h) == 8
    assert h.slots(16 * M) == "HHHHHHHH"
    pmds = h.task.mm.pmds
    assert [pmds[SLOT + 2].block.content(frame) for frame in (255, 256, 257)] == [0x5A, 0, 0x5A]
    assert {pmds[SLOT + 3].block.content(frame) for frame in range(512)} == {0x5A}
    assert {h.task.mm.looks[SLOT + number].verdict for number in range(8)} == {Verdict.COLLAPSED}
    debug_vm(h.kernel)


def test_the_last_old_pages_are_still_on_their_way():
    h = in_order(8)
    free = sum(zone.free for zone in h.kernel.zones)
    row(h)
    held = sum(pcp.count for zone in h.kernel.zones for pcp in zone.pcp)
    waiting = h.kernel.cpus[0].pagevecs[1].nr
    assert waiting == 8 * 513 % 14
    assert free - sum(zone.free for zone in h.kernel.zones) == held + waiting - 1  # the huge page waits as well
    lru_add_drain_all(h.kernel)
    debug_vm(h.kernel)


def test_a_row_is_told_in_one_event_of_each_kind_and_one_for_each_huge_page():
    h = in_order(8)
    number = h.kernel.trace.number
    khugepaged_do_scan(h.kernel)
    events = [r.event for r in h.machine.trace.records if r.number >= number]
    found = {(e.tracepoint(), getattr(e, "count", 1)) for e in events}
    assert ("mm_khugepaged_scan_pmd", 8) in found
    assert ("thp_collapse_alloc", 8) in found
    collapses = [e for e in events if e.tracepoint() == "mm_collapse_huge_page"]
    assert [e.address for e in collapses] == [START + number * 2 * M for number in range(8)]
    assert [e.pfn for e in collapses] == [h.task.mm.pmds[SLOT + number].block.start_pfn for number in range(8)]
    assert h.event("thp_collapse_alloc") == h.kernel.khugepaged.pages_collapsed == 8


def test_a_budget_that_ends_in_the_row_ends_the_row():
    h = in_order(8)
    h.kernel.khugepaged.pages_to_scan = (
        520  # a call costs 513, some VMAs passed 1 each: the second call begins, the third does not
    )
    khugepaged_do_scan(h.kernel)
    assert h.slots(16 * M) == "HHFFFFFF"


def test_old_pageblocks_become_the_huge_pages_of_later_ranges():
    h = in_order(16)
    old = {block.index for slot in range(16) for _, block, _ in h.task.mm.pmds[SLOT + slot].runs}
    row(h, most=16)
    new = [h.task.mm.pmds[SLOT + slot].block.index for slot in range(16)]
    assert all(isinstance(h.task.mm.pmds[SLOT + slot], HugePmd) for slot in range(16))
    assert len(old & set(new)) > 8


@pytest.mark.parametrize("what", ["one range", "locks", "group", "drained", "inject", "policy", "no memory"])
def test_what_is_not_that_simple_is_left_to_the_ordinary_way(what):
    h = in_order(8, drained=what == "drained")
    kernel = h.kernel
    kernel.own(kernel.tables)
    if what == "locks":
        kernel.tables.lock_trace = True
    if what == "inject":
        kernel.tables.inject["page_alloc"] = 3
    if what == "group":
        h.task.mm.memcg = cgroup_create(kernel, kernel.root_memcg, "g")
    if what == "policy":
        h.task.mm.vma_at(START).policy = object()
    if what == "no memory":
        for zone in kernel.zones:
            zone.low_wmark = zone.free
    assert row(h, most=1 if what == "one range" else 8) == 0
    assert h.slots(16 * M) == "FFFFFFFF"
