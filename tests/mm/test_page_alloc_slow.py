"""Huge faults on a host whose free memory is in pieces; the schedule of failures is recorded in frag-deferral."""

import pytest

from tests.support import M, host
from thpsh.mm.compaction import CompactResult
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fragment import fragment
from thpsh.mm.page_alloc import alloc_block
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.bits import FULL
from thpsh.structs.page import HPAGE_ORDER, Gfp


def fragmented(*, unmovable=False, **spec):
    """A host of which nearly every free pageblock has one page in use; what is left whole is taken."""
    h = host(memory=640 * M, **spec)
    fragment(h.kernel, "holder", 100, unmovable=unmovable)
    while (found := alloc_block(h.kernel, 0, HPAGE_ORDER, Gfp.TRANSHUGE & ~Gfp.WAIT)) is not None:
        found[0].kernel = FULL
    return h


def take(h, gfp=Gfp.TRANSHUGE):
    """Try to get a huge page; returns whether there was one, and what the attempt counted."""
    names = ("compact_stall", "compact_success", "compact_fail", "allocstall")
    before = [h.event(name) for name in names]
    found = alloc_block(h.kernel, 0, HPAGE_ORDER, gfp)
    return found is not None, tuple(h.event(name) - old for name, old in zip(names, before, strict=True))


def test_one_compaction_makes_many_blocks():
    h = fragmented()
    assert take(h) == (True, (1, 1, 0, 0))
    got = [take(h) for _ in range(20)]
    assert got == [(True, (0, 0, 0, 0))] * 20


def test_who_may_not_wait_gets_nothing_and_causes_nothing():
    h = fragmented()
    before = h.kernel.clock.moment
    assert take(h, Gfp.TRANSHUGE & ~Gfp.WAIT) == (False, (0, 0, 0, 0))
    assert h.kernel.clock.moment == before


def test_another_node_is_to_be_tried_before_anything_is_compacted():
    h = fragmented()
    assert take(h, Gfp.TRANSHUGE | Gfp.THISNODE) == (False, (0, 0, 0, 0))


def test_in_vain_compaction_runs_at_the_1st_2nd_4th_8th_16th_and_32nd_attempt_and_then_at_every_32nd():
    h = fragmented(unmovable=True)
    ran = []
    for attempt in range(1, 161):
        got, (stall, success, fail, reclaim) = take(h)
        assert (got, success, reclaim, stall) == (False, 0, 1, fail)
        if stall:
            ran.append(attempt)
    assert ran == [1, 2, 4, 8, 16, 32, 64, 96, 128, 160], "each attempt asks twice"


def test_kswapd_sleeps_through_huge_allocations():
    h = fragmented(unmovable=True)
    take(h)
    assert not h.kernel.nodes[0].kswapd.wanted
    alloc_block(h.kernel, 0, HPAGE_ORDER, Gfp.TRANSHUGE & ~Gfp.NO_KSWAPD)
    assert h.kernel.nodes[0].kswapd.wanted


def test_a_fault_that_compacts_takes_longer():
    h = fragmented()
    h.map(8 * M)
    h.write(0, 4096)
    slow = h.kernel.clock.moment
    assert h.slots(2 * M) == "H"
    h.write(2 * M, 4096)
    fast = h.kernel.clock.moment
    before = fragmented().kernel.clock.moment
    assert slow - before > 2 * (fast - slow)


def test_defrag_never_falls_back_at_once_and_always_does_not():
    for always, slots in ((False, "P"), (True, "H")):
        h = fragmented()
        h.kernel.thp.defrag_always = always
        h.map(2 * M)
        h.write(0, 4096)
        assert h.slots(2 * M) == slots
        assert h.event("thp_fault_fallback") == (not always)
    debug_vm(h.kernel)


HUGETLB = Gfp.HIGHUSER | Gfp.COMP | Gfp.REPEAT | Gfp.NOWARN


def test_who_repeats_gives_up_without_another_compaction_when_nothing_can_be_reclaimed():
    h = fragmented(unmovable=True)
    for zone in h.kernel.zones:
        zone.all_unreclaimable = True
    got, (stall, _, _, reclaim) = take(h, HUGETLB)
    assert (got, stall, reclaim) == (False, 1, 1)


def test_who_repeats_begins_anew_until_as_much_was_reclaimed_as_it_needs():
    h = fragmented(unmovable=True)
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 64 * M), 64 * M)
    got, (stall, _, _, reclaim) = take(h, HUGETLB)
    debug = h.event("pgsteal_dma32") + h.event("pgsteal_dma")
    assert not got
    assert reclaim > 1 or debug >= 512
    assert stall >= 1
    got, (_, _, _, reclaim) = take(h, HUGETLB | Gfp.NORETRY)
    assert (got, reclaim) == (False, 1)


@pytest.mark.parametrize(
    ("release", "gfp", "after"),
    [
        ("2.6.38", Gfp.TRANSHUGE, True),
        ("2.6.39", Gfp.TRANSHUGE, False),
        ("2.6.39", HUGETLB | Gfp.NORETRY, True),
        ("3.0", Gfp.TRANSHUGE, True),
    ],
)
def test_in_2_6_39_only_huge_faults_compact_asynchronously_after_reclaim(release, gfp, after, monkeypatch):
    asked = []

    def compact(_kernel, _cpu, _zones, _order, _gfp, *, sync):
        asked.append(sync)
        return CompactResult.SKIPPED

    monkeypatch.setattr("thpsh.mm.page_alloc_slow.try_to_compact_pages", compact)
    h = fragmented(unmovable=True, kernel=release)
    take(h, gfp)
    assert asked == [False, after]
