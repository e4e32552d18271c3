"""Page walks, TLB misses, and the time of the core commit's five phases (fact sheet §11)."""

import pytest

from tests.mm.layout import place
from tests.support import START, G, K, M, host
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.tlb import Loop, Misses, misses_of, nested_walk_lines, reach, spend_loop, walk_lines, walk_ps
from thpsh.structs.config import CostModel, Paging

PAGING = Paging()


@pytest.mark.parametrize(("order", "lines"), [(0, 4), (9, 3), (18, 2)])
def test_a_native_walk_reads_a_line_a_level(order, lines):
    assert walk_lines(4, order) == lines


@pytest.mark.parametrize(
    ("guest", "host", "lines"), [(4, 4, 24), (4, 3, 19), (3, 4, 19), (3, 3, 15), (4, 2, 14), (3, 2, 11)]
)
def test_a_nested_walk_walks_the_host_for_every_level_of_the_guest(guest, host, lines):
    assert nested_walk_lines(guest, host) == lines


def test_reach_is_entries_times_page():
    assert (reach(64, 0), reach(32, 9)) == (256 * K, 64 * M)


def test_a_walk_costs_its_lines():
    assert walk_ps(CostModel(walk_line_ps=1000), PAGING, Misses(small=10, huge=2)) == 46_000


def placed(size, memory):
    h = host(memory=memory)
    place(h, 0, size)
    return h


def touched(huge):
    h = placed(8 * M, memory=G)
    h.enabled("always" if huge else "never")
    h.write(0, 8 * M)
    return h


def loop(start, length, step=4096, random=0):
    return Loop(START + start, START + start + length, step, random)


def test_every_small_page_is_a_miss_and_every_huge_page_one():
    assert misses_of(touched(huge=False).task.mm, PAGING, loop(0, 8 * M)) == Misses(2048, 0)
    mm = touched(huge=True).task.mm
    assert misses_of(mm, PAGING, loop(0, 8 * M)) == Misses(0, 4)
    assert misses_of(mm, PAGING, loop(M, 2 * M, step=1)) == Misses(0, 2)
    assert misses_of(mm, PAGING, loop(0, 8 * M, step=4 * M)) == Misses(0, 2)
    assert misses_of(mm, PAGING, loop(0, 8 * M, step=64 * K)) == Misses(0, 4)


def test_sizes_mix():
    h = placed(8 * M, memory=G)
    h.enabled("always")
    h.write(0, 2 * M)
    h.enabled("never")
    h.write(2 * M, 2 * M)
    assert misses_of(h.task.mm, PAGING, loop(0, 4 * M)) == Misses(512, 1)
    assert misses_of(h.task.mm, PAGING, loop(M, 2 * M, step=8 * K)) == Misses(128, 1)


def test_random_accesses_find_the_huge_pages_again_that_fit():
    mm = touched(huge=True).task.mm
    assert misses_of(mm, PAGING, loop(0, 8 * M, random=1000)) == Misses(0, 4)
    assert misses_of(mm, Paging(tlb=(64, 1)), loop(0, 8 * M, random=1000)) == Misses(0, 4 + 996 * 3 // 4)
    assert misses_of(touched(huge=False).task.mm, PAGING, loop(0, 8 * M, random=1000)) == Misses(1000, 0)


def test_an_empty_loop_is_free():
    h = touched(huge=True)
    before = h.kernel.clock.moment
    spend_loop(h.kernel, h.task, loop(0, 0), before)
    assert h.kernel.clock.moment == before


def test_the_end_of_a_loop_says_what_it_took():
    h = placed(8 * M, memory=G)
    h.enabled("always")
    begin = h.kernel.clock.moment
    h.write(0, 8 * M)
    event = h.machine.trace.records[-1].event
    assert (event.accesses, event.small_misses, event.huge_misses) == (2048, 0, 4)
    assert (event.address, event.length) == (START, 8 * M)
    assert event.nanoseconds == h.kernel.clock.moment - begin
    assert event.walk_ns == 4 * 3 * 2190 * 37 // 100 // 1000


PHASES = (1, 1, 1, 4096, 4096)
TABLE = {  # microseconds: memset with faults, memset twice, a store a page twice; two runs each
    True: [(1_566_642, 1_566_872), (453_417, 453_418), (453_313, 453_315), (41_630, 41_618), (41_647, 41_659)],
    False: [(2_182_476, 2_182_791), (460_305, 460_742), (460_179, 459_962), (44_483, 43_981), (44_186, 43_988)],
}


@pytest.mark.parametrize("huge", [True, False])
def test_the_phases_of_largepages3_take_what_the_commit_measured(huge):
    h = placed(3 * G, memory=4 * G)
    h.enabled("always" if huge else "never")
    for step, measured in zip(PHASES, TABLE[huge], strict=True):
        begin = h.kernel.clock.moment
        touch(h.kernel, h.task, START, 3 * G, TouchMode(step=step))
        spent = (h.kernel.clock.moment - begin) / 1000
        for value in measured:
            assert spent == pytest.approx(value, rel=0.01)
