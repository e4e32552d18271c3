"""Reclaim in the near zone before a far one is asked (zone_reclaim_mode)."""

from tests.support import M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.page_alloc import alloc_block, alloc_small
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file
from thpsh.mm.swapon import swapon
from thpsh.mm.zone_reclaim import ZoneReclaim, zone_reclaim
from thpsh.structs.bits import span
from thpsh.structs.page import Gfp

USER = Gfp.HIGHUSER_MOVABLE


def loaded(mode, size=64 * M):
    """Two nodes, the first with page cache; little more is free there than its marks ask for."""
    h = host(memory=512 * M, nodes=2, cpus=2, cmdline="transparent_hugepage=never")
    h.kernel.sysctl.zone_reclaim_mode = 0
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", size), size)
    lru_add_drain_all(h.kernel)
    h.kernel.sysctl.zone_reclaim_mode = mode
    return h, h.kernel.nodes[0].zonelist[0]


def full(zone):
    zone.low_wmark = zone.min_wmark = zone.free


def nodes_of(pages):
    return {block.zone.node for block, _, _ in pages}


def take(h, count):
    pages = []
    while count:
        got = alloc_small(h.kernel, 0, count, USER)
        for block, first, length in got:
            block.kernel |= span(first, first + length)
            count -= length
        pages += got
    return pages


def test_without_it_the_next_zones_are_asked():
    h, zone = loaded(0)
    full(zone)
    pages = take(h, 100)
    assert zone not in [block.zone for block, _, _ in pages]
    assert h.event("pgsteal_dma32") == 0


def test_with_it_page_cache_of_the_near_node_goes_first():
    h, zone = loaded(1)
    full(zone)
    assert nodes_of(take(h, 100)) == {0}
    debug_vm(h.kernel)
    assert h.event("pgsteal_dma32") > 30
    assert h.event("pgscan_direct_dma32") > 0
    assert (h.event("zone_reclaim_failed"), h.event("allocstall")) == (0, 0)


def test_a_zone_with_hardly_any_unmapped_page_cache_is_not_worth_it():
    h, zone = loaded(1)
    assert zone_reclaim(h.kernel, 0, zone, USER, 0) is ZoneReclaim.SUCCESS
    h.kernel.sysctl.min_unmapped_ratio = 100
    assert zone_reclaim(h.kernel, 0, zone, USER, 0) is ZoneReclaim.FULL
    assert zone_reclaim(h.kernel, 0, zone, USER & ~Gfp.WAIT, 0) is ZoneReclaim.FULL


def test_who_may_not_wait_goes_to_the_next_zone():
    h, zone = loaded(1)
    assert zone_reclaim(h.kernel, 0, zone, USER & ~Gfp.WAIT, 0) is ZoneReclaim.NOSCAN


def test_the_other_node_is_scanned_too_as_no_node_is_known_to_have_a_cpu():
    h, _ = loaded(1)
    there = h.kernel.nodes[1].zonelist[0]
    h.kernel.sysctl.min_unmapped_ratio = 0
    assert zone_reclaim(h.kernel, 0, there, USER, 0) is ZoneReclaim.FULL  # it has no page cache
    assert zone_reclaim(h.kernel, 1, h.kernel.nodes[0].zonelist[0], USER, 0) is ZoneReclaim.SUCCESS


def test_mapped_pages_stay_unless_swapping_is_part_of_the_mode():
    for mode, swapped in ((1, False), (5, False), (7, True)):
        h, zone = loaded(mode, 8 * M)
        swapon(h.kernel, 64 * M)
        h.map(64 * M)
        h.write(0, 64 * M)
        lru_add_drain_all(h.kernel)
        h.kernel.sysctl.min_unmapped_ratio = 0
        for _ in range(100):
            zone_reclaim(h.kernel, 0, zone, USER, 0)
        debug_vm(h.kernel)
        assert (h.event("pswpout") > 0) is swapped


def test_a_high_order_that_gets_too_few_pages_is_counted():
    h, zone = loaded(1, 1 * M)
    h.kernel.sysctl.min_unmapped_ratio = 0
    full(zone)
    assert zone_reclaim(h.kernel, 0, zone, USER, 9) is ZoneReclaim.SOME
    assert h.event("zone_reclaim_failed") == 1


def test_blocks_come_from_the_near_node_too():
    h, zone = loaded(1)
    zone.low_wmark = zone.free - 100
    assert alloc_block(h.kernel, 0, 9, USER)[0].zone is zone
    assert h.event("pgsteal_dma32") >= 512
