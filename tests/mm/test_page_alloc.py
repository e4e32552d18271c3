"""Zonelists, watermarks and statistics of allocations."""

import pytest

from tests.support import M, host
from thpsh.mm.free_pages import free_block
from thpsh.mm.page_alloc import (
    OutOfMemory,
    alloc_block,
    alloc_small,
    drain_all_pages,
    highest_zone,
    wakeup_kswapd,
    zonelist,
)
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.bits import span
from thpsh.structs.mempolicy import Placement
from thpsh.structs.page import Gfp, ZoneType

USER = Gfp.HIGHUSER_MOVABLE


def test_flags_limit_the_zones():
    kernel = host(memory=4 << 30).kernel
    assert [zone.kind.label for zone in zonelist(kernel, Placement(0), USER)] == ["Normal", "DMA32", "DMA"]
    assert [zone.kind.label for zone in zonelist(kernel, Placement(0), Gfp.KERNEL | Gfp.DMA32)] == ["DMA32", "DMA"]
    assert highest_zone(USER) == ZoneType.MOVABLE
    assert highest_zone(Gfp.KERNEL) == ZoneType.NORMAL


def take_all(kernel, got):
    while True:
        for block, first, length in alloc_small(kernel, 0, 1000, USER):
            block.kernel |= span(first, first + length)
            got.append(length)


def test_single_pages_end_at_the_min_watermark():
    kernel = host(memory=64 * M).kernel
    zone = kernel.zones[-1]
    got = []
    with pytest.raises(OutOfMemory):
        take_all(kernel, got)
    assert sum(got) > 10_000
    assert zone.min_wmark - 31 <= zone.free <= zone.min_wmark + 2
    assert kernel.nodes[0].kswapd.nap  # kswapd was woken, and gave up


def test_an_order_9_block_counts_once_in_numa_hit_and_512_times_in_pgalloc():
    h = host()
    hits, pages = h.kernel.zones[-1].stat.numa_hit, h.event("pgalloc_dma32")
    block, first = alloc_block(h.kernel, 0, 9, Gfp.TRANSHUGE)
    assert first == 0
    assert h.kernel.zones[-1].stat.numa_hit == hits + 1
    assert h.event("pgalloc_dma32") == pages + 512
    free_block(h.kernel, block, 0, 9)


def test_a_remote_allocation_counts_miss_foreign_and_other():
    kernel = host(memory=64 * M * 2, nodes=2, cpus=2).kernel
    stat = next(zone for zone in kernel.zones if zone.node == 1).stat
    hits, others = stat.numa_hit, stat.numa_other
    alloc_small(kernel, 0, 1, USER, near=1)
    assert (stat.numa_hit, stat.numa_other) == (hits + 1, others + 1)


def test_draining_all_cpus_leaves_no_held_pages():
    kernel = host(cpus=2).kernel
    alloc_small(kernel, 1, 3, USER)
    drain_all_pages(kernel)
    assert all(pcp.count == 0 for zone in kernel.zones for pcp in zone.pcp)


def test_only_a_zone_below_its_low_mark_has_kswapd_woken():
    h = host()
    zone = h.kernel.zones[-1]
    kswapd = h.kernel.nodes[0].kswapd
    wakeup_kswapd(h.kernel, zone, 0, zone.kind)
    assert not kswapd.wanted
    wakeup_kswapd(h.kernel, zone, 5, ZoneType.DMA)
    assert (kswapd.wanted, kswapd.order, kswapd.classzone) == (False, 5, ZoneType.DMA)
    zone.low_wmark = zone.free
    wakeup_kswapd(h.kernel, zone, 0, zone.kind)
    assert kswapd.wanted


def test_the_nodes_that_a_policy_forbids_are_woken_too():
    h = host(memory=2 << 30, nodes=2, cpus=2)
    for zone in h.kernel.zones:
        zone.low_wmark = zone.free
    alloc_small(h.kernel, 0, 1, USER, Placement(0, (0,)))
    assert [node.kswapd.wanted for node in h.kernel.nodes] == [True, True]


def test_what_the_lists_of_cpus_hold_is_used_before_more_is_reclaimed():
    h = host(memory=256 * M, cmdline="transparent_hugepage=never")
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 16 * M), 16 * M)
    drain_all_pages(h.kernel)
    for zone in h.kernel.zones:
        zone.min_wmark = zone.low_wmark = zone.free  # what is reclaimed goes to the list of movable pages
    assert len(alloc_small(h.kernel, 0, 1, Gfp.KERNEL | Gfp.NO_KSWAPD)) == 1
    assert (h.event("allocstall"), h.event("pgsteal_dma32")) == (1, 32)
