"""VmRSS lags by up to 65 faults (recorded: proc-rss-lag)."""

from tests.mm.layout import place
from tests.support import START, K, M, host
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.rss_stat import check_sync_rss_stat, sync_mm_rss, update_hiwater_rss


def fresh():
    h = host(cmdline="transparent_hugepage=never")
    place(h, 0, 4 * M)
    sync_mm_rss(h.kernel, h.task.mm)
    return h, h.task.mm


def test_the_66th_fault_adds_the_65_before_it():
    h, mm = fresh()
    seen = mm.seen_rss
    h.write(0, 65 * 4 * K)
    assert mm.seen_rss == seen
    h.write(65 * 4 * K, 4 * K)
    assert mm.seen_rss == seen + 65
    h.write(66 * 4 * K, 65 * 4 * K)
    assert mm.seen_rss == seen + 65
    h.write(131 * 4 * K, 4 * K)
    assert mm.seen_rss == seen + 131


def test_a_long_touch_leaves_what_its_last_faults_would():
    h, mm = fresh()
    seen = mm.seen_rss
    h.write(0, 200 * 4 * K)  # the faults 66, 132 and 198 add
    assert mm.seen_rss == seen + 197


def test_one_touch_or_many_is_the_same():
    (one, whole), (many, parts) = fresh(), fresh()
    one.write(0, 300 * 4 * K)
    for page in range(300):
        many.write(page * 4 * K, 4 * K)
    assert (whole.seen_rss, whole.rss_events) == (parts.seen_rss, parts.rss_events)


def test_huge_faults_count_at_once():
    h = host()
    place(h, 0, 4 * M)
    seen = h.task.mm.seen_rss
    h.write(0, 4 * M)
    assert h.task.mm.seen_rss == seen + 1024


def test_unmapping_adds_everything_first():
    h, mm = fresh()
    seen = mm.seen_rss
    h.write(0, 10 * 4 * K)
    madvise(h.kernel, h.task, START, 4 * K, Madv.DONTNEED)
    assert mm.seen_rss == seen + 9 == mm.rss


def test_the_zero_page_is_a_fault_but_no_page():
    h, mm = fresh()
    seen = mm.seen_rss
    h.read(0, 65 * 4 * K)
    h.write(M, 8 * K)
    assert mm.seen_rss == seen
    assert mm.rss == seen + 2


def test_file_and_anonymous_pages_lag_apart():
    h, mm = fresh()
    file = mm.file_rss
    check_sync_rss_stat(h.kernel, mm, 3, anon=-2, file=2)
    assert (mm.lag_anon, mm.lag_file, mm.seen_file_rss) == (-2, 2, file - 2)


def test_the_high_water_mark_is_what_was_seen():
    h, mm = fresh()
    h.write(0, 10 * 4 * K)
    mm.hiwater_rss = 0
    update_hiwater_rss(h.kernel, mm)
    assert mm.hiwater_rss == mm.rss - 10
