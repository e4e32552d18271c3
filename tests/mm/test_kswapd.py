"""Kswapd: when it is woken, until when it works."""

from tests.mm.swapped import with_swap
from tests.support import START, K, M, host, touch
from thpsh.boot import start_process
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode
from thpsh.mm.fragment import fragment
from thpsh.mm.kswapd import kswapd_run, kswapd_wanted, run_due
from thpsh.mm.kthreads import pass_time
from thpsh.mm.page_alloc import alloc_block, wakeup_kswapd
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.bits import FULL
from thpsh.structs.page import Gfp


def pressed():
    """A host of 128 MiB on which two processes together need more than there is."""
    h = with_swap(128 * M, memory=128 * M)
    h.map(80 * M)
    h.write(0, 80 * M)
    other = start_process(h.machine, "other")
    h.map(64 * M, task=other)
    touch(h.kernel, other, START, 64 * M, TouchMode())
    debug_vm(h.kernel)
    return h, other


def test_it_brings_all_zones_above_their_high_marks_and_sleeps():
    h, _ = pressed()
    h.machine.finish()
    debug_vm(h.kernel)
    assert not kswapd_wanted(h.kernel)
    assert all(zone.free > zone.high_wmark for zone in h.kernel.zones)
    assert h.event("kswapd_steal") > 0
    assert h.event("pageoutrun") > 0


def test_files_are_freed_so_fast_that_nobody_stalls():
    h = host(memory=128 * M, cmdline="transparent_hugepage=never")
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 80 * M), 80 * M)
    h.map(80 * M)
    h.write(0, 80 * M)
    assert h.event("allocstall") == 0
    assert h.event("kswapd_steal") == h.event("pgsteal_dma32") > 10_000


def test_swap_is_so_slow_that_processes_must_reclaim_too():
    h, other = pressed()
    assert h.event("allocstall") > 0
    assert h.event("kswapd_steal") > h.event("pgsteal_dma32") // 3
    assert other.mm.anon_rss + other.mm.swap_ents >= 64 * M // (4 * K)


def test_it_goes_on_where_its_time_slice_ended():
    h = with_swap(64 * M, memory=64 * M)
    h.map(40 * M)
    h.write(0, 40 * M)
    node = h.kernel.nodes[0]
    for zone in h.kernel.zones:
        zone.high_wmark = zone.free + 1000
    assert not kswapd_run(h.kernel, node, 1_000_000)
    assert kswapd_wanted(h.kernel)
    once = h.event("kswapd_steal")
    run_due(h.kernel)
    assert h.event("kswapd_steal") > once > 0
    assert not kswapd_wanted(h.kernel)


def test_it_ages_anonymous_pages_even_when_nothing_is_short():
    h = with_swap()
    h.map(8 * M)
    h.write(0, 8 * M)
    kswapd_run(h.kernel, h.kernel.nodes[0])
    assert (h.event("pgdeactivate"), h.event("kswapd_steal")) == (32, 0)


def test_it_gives_up_where_nothing_can_be_freed():
    h = host(memory=64 * M, cmdline="transparent_hugepage=never")
    h.map(48 * M)
    h.write(0, 48 * M)
    for zone in h.kernel.zones:
        zone.min_wmark = zone.low_wmark = zone.high_wmark = zone.managed
    h.kernel.nodes[0].kswapd.wanted = True
    run_due(h.kernel)
    debug_vm(h.kernel)
    assert all(zone.all_unreclaimable for zone in h.kernel.zones)


def test_a_wake_up_in_its_short_sleep_is_counted():
    h = with_swap()
    kswapd_run(h.kernel, h.kernel.nodes[0])
    kswapd_run(h.kernel, h.kernel.nodes[0])
    assert h.event("kswapd_low_wmark_hit_quickly") == 1
    h.kernel.clock.now += 10**9
    kswapd_run(h.kernel, h.kernel.nodes[0])
    assert h.event("kswapd_low_wmark_hit_quickly") == 1


def below_high(h):
    """Less is free than the high marks ask for, but no zone is below its low mark."""
    for zone in h.kernel.zones:
        zone.high_wmark = zone.free + 50


def cached():
    """A host with page cache that kswapd has just been woken on, and that has all it needs."""
    h = host(memory=64 * M, cmdline="transparent_hugepage=never")
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 16 * M), 16 * M)
    kswapd_run(h.kernel, h.kernel.nodes[0])
    return h


def test_memory_that_got_short_during_its_short_sleep_is_made_good_though_nobody_wakes_it():
    h = cached()
    below_high(h)
    assert not kswapd_wanted(h.kernel)
    pass_time(h.kernel, 10**8)
    debug_vm(h.kernel)
    assert h.event("kswapd_high_wmark_hit_quickly") == 1
    assert h.event("kswapd_steal") > 0


def test_afterwards_it_sleeps_until_woken():
    h = cached()
    pass_time(h.kernel, 10**9)
    below_high(h)
    pass_time(h.kernel, 10**10)
    assert (h.event("kswapd_high_wmark_hit_quickly"), h.event("kswapd_steal")) == (0, 0)


def test_a_high_order_is_what_it_works_for_until_it_fails():
    h = host(memory=128 * M, cmdline="transparent_hugepage=never")
    fragment(h.kernel, "holder", 100, unmovable=True)
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 16 * M), 16 * M)
    while (found := alloc_block(h.kernel, 0, 9, Gfp.TRANSHUGE & ~Gfp.WAIT)) is not None:
        found[0].kernel = FULL
    zone = h.kernel.zones[-1]
    wakeup_kswapd(h.kernel, zone, 9, zone.kind)
    assert kswapd_wanted(h.kernel)
    run_due(h.kernel)
    debug_vm(h.kernel)
    assert h.event("kswapd_steal") > 32
    assert not kswapd_wanted(h.kernel)
    assert h.kernel.nodes[0].kswapd.order == 0
