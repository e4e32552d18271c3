"""What reclaim learns from pages that come to a list: the zone, and the group they are charged to."""

from tests.mm.groups import PAGE, in_group
from tests.support import START, K
from thpsh.mm.activate import activate_page
from thpsh.mm.huge_memory.split import split_huge_page
from thpsh.mm.isolate import isolate_lru_pages, putback
from thpsh.mm.pagevec import lru_add_drain
from thpsh.mm.reclaim_stat import note_pages, reclaim_stat
from thpsh.structs.page import Lru
from thpsh.structs.page_table import HugePmd
from thpsh.trace.events.huge_memory import SplitReason


def learnt(h, memcg):
    """(looked at, in use) of the anonymous pages of the zone, or of a group in it."""
    stat = reclaim_stat(h.kernel, h.kernel.zones[-1], memcg)
    return stat.recent_scanned_anon, stat.recent_rotated_anon


def test_new_pages_count_when_they_leave_the_cache_for_their_zone_and_for_their_group() -> None:
    h, memcg = in_group()
    lru_add_drain(h.kernel, 0)
    scanned, rotated = learnt(h, None)
    h.write(0, 20 * PAGE)
    assert learnt(h, memcg) == (14, 14)
    lru_add_drain(h.kernel, 0)
    assert learnt(h, memcg) == (20, 20)
    assert learnt(h, None) == (scanned + 20, rotated + 20)


def test_a_huge_page_counts_once_and_each_tail_when_it_is_split() -> None:
    h, memcg = in_group()
    h.enabled("always")
    h.write(0, 4 * K)
    lru_add_drain(h.kernel, 0)
    assert learnt(h, memcg) == (1, 1)
    pmd = h.task.mm.pmds[START >> 21]
    assert isinstance(pmd, HugePmd)
    split_huge_page(h.kernel, pmd.block, SplitReason.PAGEMAP)
    assert learnt(h, memcg) == (512, 512)


def test_an_activated_page_counts_as_in_use() -> None:
    h, memcg = in_group()
    h.write(0, 4 * K)
    lru_add_drain(h.kernel, 0)
    ((pages, block, shift),) = h.task.mm.pmds[START >> 21].runs
    frame = pages << shift if shift >= 0 else pages >> -shift
    isolate_lru_pages(h.kernel, block.zone, memcg, Lru.ACTIVE_ANON, 1)
    putback(h.kernel, block, frame, active=False)
    assert learnt(h, memcg) == (1, 1)
    activate_page(h.kernel, block, frame)
    assert learnt(h, memcg) == (2, 2)


def test_pages_of_inactive_lists_are_only_looked_at_and_files_are_counted_apart() -> None:
    h, memcg = in_group()
    zone = h.kernel.zones[-1]
    note_pages(h.kernel, zone, memcg, Lru.INACTIVE_ANON, 3)
    note_pages(h.kernel, zone, memcg, Lru.ACTIVE_FILE, 5)
    stat = reclaim_stat(h.kernel, zone, memcg)
    assert (stat.recent_scanned_anon, stat.recent_rotated_anon) == (3, 0)
    assert (stat.recent_scanned_file, stat.recent_rotated_file) == (5, 5)
