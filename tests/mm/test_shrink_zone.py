"""How many pages of each list are looked at."""

from tests.mm.swapped import touched, with_swap
from tests.support import M, host
from thpsh.mm.isolate import isolate_lru_pages
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file
from thpsh.mm.rmap_unmap import page_referenced
from thpsh.mm.scan_control import ScanControl
from thpsh.mm.shrink_page_list import shrink_page_list
from thpsh.mm.shrink_zone import get_scan_count, inactive_anon_is_low, shrink_active_list
from thpsh.structs.page import Lru


def control(h, **how):
    return ScanControl(h.kernel, 0, 32, h.kernel.sysctl.swappiness, **how)


def loaded(h):
    """8192 anonymous pages and 4096 of a file."""
    touched(h, 32 * M)
    read_file(h.kernel, h.task, cache_file(h.kernel, "/data", 16 * M), 16 * M)
    lru_add_drain_all(h.kernel)
    stat = h.kernel.zones[-1].lruvec
    stat.recent_scanned_anon = stat.recent_rotated_anon = 0
    stat.recent_scanned_file = stat.recent_rotated_file = 0
    return h.kernel.zones[-1]


def test_without_swap_only_files_count():
    h = host(cmdline="transparent_hugepage=never")
    zone = loaded(h)
    found = get_scan_count(control(h), zone, 5)
    assert found[Lru.ACTIVE_ANON] == 0
    assert found[Lru.INACTIVE_FILE] == zone.lruvec.lists[Lru.INACTIVE_FILE].nr_pages >> 5


def test_swappiness_shares_the_pressure():
    h = with_swap()
    zone = loaded(h)
    found = get_scan_count(control(h), zone, 4)
    anon = zone.lruvec.lists[Lru.ACTIVE_ANON].nr_pages
    assert found[Lru.ACTIVE_ANON] == (anon >> 4) * 61 // (61 + 141 + 1)
    file = zone.lruvec.lists[Lru.INACTIVE_FILE].nr_pages
    assert found[Lru.INACTIVE_FILE] == (file >> 4) * 141 // (61 + 141 + 1)


def test_what_was_found_in_use_is_looked_at_less():
    h = with_swap()
    zone = loaded(h)
    zone.lruvec.recent_scanned_anon, zone.lruvec.recent_rotated_anon = 1000, 1000
    found = get_scan_count(control(h), zone, 4)
    zone.lruvec.recent_rotated_anon = 0
    assert get_scan_count(control(h), zone, 4)[Lru.ACTIVE_ANON] > found[Lru.ACTIVE_ANON]


def test_with_hardly_any_files_and_memory_left_only_anonymous_pages_count():
    h = with_swap()
    zone = loaded(h)
    zone.high_wmark = zone.free + 4096 + 100
    found = get_scan_count(control(h), zone, 4)
    assert found[Lru.INACTIVE_FILE] == 0
    assert found[Lru.ACTIVE_ANON] == zone.lruvec.lists[Lru.ACTIVE_ANON].nr_pages >> 4


def test_kswapd_and_groups_look_at_a_batch_at_least():
    h = with_swap()
    touched(h, 2 * M)
    zone = h.kernel.zones[-1]
    assert get_scan_count(control(h), zone, 12)[Lru.ACTIVE_ANON] == 0
    assert get_scan_count(control(h, kswapd=True), zone, 12)[Lru.ACTIVE_ANON] == 32
    assert get_scan_count(control(h, memcg=h.kernel.root_memcg), zone, 12)[Lru.ACTIVE_ANON] == 32


def test_anonymous_pages_are_aged_only_where_there_is_swap():
    h = host(cmdline="transparent_hugepage=never")
    touched(h, 2 * M)
    zone = h.kernel.zones[-1]
    assert not inactive_anon_is_low(control(h), zone)
    h = with_swap()
    touched(h, 2 * M)
    assert inactive_anon_is_low(control(h), h.kernel.zones[-1])


def test_reclaim_for_compaction_ends_with_a_batch_of_which_pages_were_kept():
    h = with_swap()
    touched(h, 32 * M)
    zone = h.kernel.zones[-1]
    sc = control(h, order=9, may_swap=True)
    sc.set_reclaim_mode()
    assert sc.compacting
    shrink_active_list(sc, zone, 64, file=False)
    batch = isolate_lru_pages(h.kernel, zone, None, Lru.INACTIVE_ANON, 32)
    for block, mask, _ in batch:
        page_referenced(h.kernel, block, mask, None)
    shrink_page_list(sc, batch)
    assert sc.compacting
    h.write(0, 32 * M)
    batch = isolate_lru_pages(h.kernel, zone, None, Lru.INACTIVE_ANON, 32)
    shrink_page_list(sc, batch)
    assert not sc.compacting


def test_an_order_that_is_not_costly_counts_when_memory_is_hard_to_find():
    sc = control(with_swap(), order=2)
    modes = {}
    for priority in (12, 10, 9, 0):
        sc.priority = priority
        sc.set_reclaim_mode()
        modes[priority] = sc.compacting
    assert modes == {12: False, 10: False, 9: True, 0: True}
