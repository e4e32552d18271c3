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
    zonelist,
)
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
    assert kernel.nodes[0].kswapd_slept  # kswapd was woken, and gave up


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
