"""Where a row of ranges ends, and how far its old pages come."""

import pytest

from tests.mm.huge_memory.scanned import in_order
from tests.support import START, K, M
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin
from thpsh.mm.huge_memory.row import flow, gather, joined, only_run
from thpsh.mm.mlock import mlock
from thpsh.structs.bits import FULL, span
from thpsh.structs.zone import PerCpuPages

SLOT = START >> 21
LATE = START + 6 * M - 4 * K  # a page of the third range that lies in no pageblock of the second


def tables(h, most=8):
    zone = h.task.mm.pmds[SLOT].runs[0][1].zone
    return len(gather(h.kernel, h.task.mm.vma_at(START), SLOT, most, zone)[0])


def test_a_run_of_bits_is_told_from_any_other_mask():
    assert only_run(FULL) == (0, 512)
    assert only_run(span(3, 7)) == (3, 4)
    assert only_run(0b1011) == (-1, 0)


def test_full_ranges_side_by_side_are_a_row_until_the_first_that_is_not_full():
    h = in_order(4)
    assert tables(h) == 4
    assert tables(h, most=3) == 3


@pytest.mark.parametrize("what", ["read-only", "old", "pinned", "shared", "locked", "inactive"])
def test_a_range_with_a_page_that_needs_a_closer_look_ends_the_row(what):
    h = in_order(4)
    kernel, table = h.kernel, h.task.mm.pmds[SLOT + 2]
    block = table.runs[0][1]
    kernel.own(block)
    match what:
        case "read-only":
            table.writable ^= 1 << 9
        case "old":
            table.young = 0
        case "pinned":
            pin(kernel, h.task, LATE, 4 * K)
        case "shared":
            fork(kernel, h.task, "child")
            table.writable = h.task.mm.pmds[SLOT].writable = FULL
        case "locked":
            mlock(kernel, h.task, LATE, 4 * K)
        case "inactive":
            block.active ^= 1 << (100 + table.runs[0][2])
    assert tables(h) == (0 if what == "shared" else 2)


def test_runs_that_go_on_in_a_pageblock_are_joined():
    one, two = object(), object()
    runs = [(one, 100, 412), (two, 0, 100), (two, 100, 412)]
    assert joined(runs, 924) == [(one, 100, 412), (two, 0, 512)]
    assert joined(runs, 500) == [(one, 100, 412), (two, 0, 88)]


def test_pages_stay_behind_in_the_lru_cache_and_in_the_per_cpu_list():
    pcp = PerCpuPages(high=186, batch=31)
    found = flow(pcp, 0, 1)
    assert found.waiting == 512 % 14 == 8
    assert found.held == 504 - 11 * 31 == 163  # below 186 after the 11th batch
    assert found.freed == [11 * 31]


def test_a_huge_page_that_comes_fourteenth_empties_the_lru_cache():
    pcp = PerCpuPages(high=0, batch=1)
    assert flow(pcp, 5, 2).freed == [512, 1024 - 8]  # 5 + 512 leaves 13; with the huge page they are 14
