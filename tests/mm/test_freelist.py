"""Marks, statistics, and the first zone that can spare a block."""

from tests.support import M, host
from thpsh.mm.freelist import FAST, SLOW, block_from_freelist, marks, zone_statistics
from thpsh.structs.page import Gfp


def test_the_first_look_stops_at_the_low_mark_later_ones_at_the_min_mark_the_last_at_the_high_one():
    zone = host().kernel.zones[-1]
    zone.min_wmark, zone.low_wmark, zone.high_wmark = 1000, 1250, 1500
    assert marks(zone, Gfp.KERNEL) == (1250, 1000, 1500)
    assert marks(zone, Gfp.KERNEL | Gfp.HIGH) == (1250, 500, 1500)
    assert marks(zone, Gfp.KERNEL & ~Gfp.WAIT) == (1250, 750, 1500)
    assert marks(zone, Gfp.TRANSHUGE & ~Gfp.WAIT) == (1250, 1000, 1500), "no-memalloc: no deeper"


def test_calls_are_counted_where_they_were_served():
    kernel = host(nodes=2, cpus=2).kernel
    here, there = (next(zone for zone in kernel.zones if zone.node == node) for node in (0, 1))
    names = ("numa_hit", "numa_miss", "numa_foreign", "numa_local", "numa_other")
    old = [[getattr(zone.stat, name) for name in names] for zone in (here, there)]
    zone_statistics(kernel, (here, here), 0, Gfp.KERNEL, 3)
    zone_statistics(kernel, (here, there), 0, Gfp.KERNEL, 2)
    new = [[getattr(zone.stat, name) for name in names] for zone in (here, there)]
    moved = [[b - a for a, b in zip(*pair, strict=True)] for pair in zip(old, new, strict=True)]
    assert moved == [[3, 0, 2, 3, 0], [0, 2, 0, 0, 2]]


def test_a_zone_at_its_mark_is_passed_over_for_the_next():
    h = host(memory=640 * M)
    zones = h.kernel.nodes[0].zonelist
    block, _ = block_from_freelist(h.kernel, 0, zones, 9, Gfp.TRANSHUGE, FAST)
    assert block.zone is zones[0]
    zones[0].low_wmark = zones[0].free
    zones[1].lowmem_reserve = (0, 0, 0, 0)
    block, _ = block_from_freelist(h.kernel, 0, zones, 9, Gfp.TRANSHUGE, FAST)
    assert block.zone is zones[1]
    block, _ = block_from_freelist(h.kernel, 0, zones, 9, Gfp.TRANSHUGE, SLOW)
    assert block.zone is zones[0]
