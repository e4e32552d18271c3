"""Passes over the zones of a node."""

import pytest

from tests.mm.swapped import with_swap
from tests.support import M, host
from thpsh.mm.balance_pgdat import balance_pgdat, pgdat_balanced
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fragment import fragment
from thpsh.mm.page_alloc import alloc_block
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.bits import FULL
from thpsh.structs.page import Gfp, ZoneType

ENDLESS = 1 << 62


def test_a_node_that_has_enough_is_left_with_a_look():
    h = with_swap()
    done = balance_pgdat(h.kernel, h.kernel.nodes[0], (0, ZoneType.DMA32), ENDLESS)
    assert done == (0, 0)
    assert (h.event("pageoutrun"), h.event("kswapd_steal")) == (1, 0)


def test_it_reclaims_until_the_high_marks_and_says_from_which_zone():
    h = host(memory=64 * M, cmdline="transparent_hugepage=never")
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 32 * M), 32 * M)
    zone = h.kernel.zones[-1]
    zone.high_wmark = zone.free + 500
    assert balance_pgdat(h.kernel, h.kernel.nodes[0], (0, zone.kind), ENDLESS) == (0, zone.kind)
    debug_vm(h.kernel)
    assert zone.free > zone.high_wmark


def test_an_order_that_cannot_be_had_costs_all_page_cache():
    h = host(memory=128 * M, cmdline="transparent_hugepage=never")
    fragment(h.kernel, "holder", 100, unmovable=True)
    while (found := alloc_block(h.kernel, 0, 9, Gfp.TRANSHUGE & ~Gfp.WAIT)) is not None:
        found[0].kernel = FULL
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 16 * M), 16 * M)
    balance_pgdat(h.kernel, h.kernel.nodes[0], (9, ZoneType.DMA32), ENDLESS)
    debug_vm(h.kernel)
    assert h.event("kswapd_steal") == 4096
    assert all(zone.all_unreclaimable for zone in h.kernel.zones)


def test_time_that_is_up_leaves_word_where_it_stood():
    h = host(memory=64 * M, cmdline="transparent_hugepage=never")
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 32 * M), 32 * M)
    zone = h.kernel.zones[-1]
    zone.high_wmark = zone.free + 500
    assert balance_pgdat(h.kernel, h.kernel.nodes[0], (0, zone.kind), h.kernel.clock.moment) is None
    assert h.kernel.nodes[0].kswapd.at == (0, zone.kind)


def test_a_zone_without_anything_to_reclaim_is_given_up_and_counts_as_fine():
    h = host(memory=64 * M, cmdline="transparent_hugepage=never")
    dma, dma32 = h.kernel.zones
    dma.high_wmark = dma.present * 2
    assert balance_pgdat(h.kernel, h.kernel.nodes[0], (0, dma32.kind), ENDLESS) is not None
    assert (dma.all_unreclaimable, dma32.all_unreclaimable) == (True, False)


def test_for_a_high_order_a_quarter_of_the_pages_is_enough():
    node = host(memory=64 * M).kernel.nodes[0]
    total = sum(zone.present for zone in node.zones)
    assert pgdat_balanced(node, total // 4, ZoneType.DMA32)
    assert not pgdat_balanced(node, total // 4 - 1, ZoneType.DMA32)
    assert pgdat_balanced(node, node.zones[0].present // 4, ZoneType.DMA)


@pytest.mark.parametrize(("release", "taken"), [("2.6.38", True), ("2.6.39", False), ("3.0", False)])
def test_up_to_2_6_38_lower_zones_are_emptied_up_to_8_times_their_high_mark(release, taken):
    h = host(memory=64 * M, cmdline="transparent_hugepage=never", kernel=release)
    dma, upper = h.kernel.zones
    low = upper.low_wmark
    upper.low_wmark = upper.free
    read_file(h.kernel, h.task, cache_file(h.kernel, "/low", 8 * M), 8 * M)
    upper.low_wmark = low
    read_file(h.kernel, h.task, cache_file(h.kernel, "/high", 8 * M), 8 * M)
    dma.high_wmark = dma.free // 4
    upper.high_wmark = upper.free + 100
    balance_pgdat(h.kernel, h.kernel.nodes[0], (0, upper.kind), ENDLESS)
    debug_vm(h.kernel)
    assert (h.event("pgsteal_dma") > 0) is taken
    assert h.event("pgsteal_dma32") > 0


@pytest.mark.parametrize(("release", "compacts"), [("2.6.38", True), ("2.6.39", False), ("3.0", False)])
def test_in_2_6_38_kswapd_compacts_what_has_pages_enough_but_no_block(release, compacts):
    h = host(memory=128 * M, cmdline="transparent_hugepage=never", kernel=release)
    fragment(h.kernel, "holder", 100, unmovable=False)
    while (found := alloc_block(h.kernel, 0, 9, Gfp.TRANSHUGE & ~Gfp.WAIT)) is not None:
        found[0].kernel = FULL
    lru_add_drain_all(h.kernel)
    balance_pgdat(h.kernel, h.kernel.nodes[0], (9, ZoneType.DMA32), ENDLESS)
    debug_vm(h.kernel)
    assert (h.event("compact_pages_moved") > 0) is compacts
    assert h.event("compact_stall") == 0
