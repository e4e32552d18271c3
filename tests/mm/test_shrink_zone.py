"""How many pages of each list are looked at."""

from tests.mm.swapped import touched, with_swap
from tests.support import M, host
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file
from thpsh.mm.scan_control import ScanControl
from thpsh.mm.shrink_zone import get_scan_count, inactive_anon_is_low
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
