"""The caches of 14 pages before the LRU lists."""

from tests.mm.lists import active, fresh
from tests.support import START, K, M, host
from thpsh.mm.frames import frame_at
from thpsh.mm.pagevec import lru_add_drain, lru_add_drain_all, put_dying
from thpsh.structs.page import Lru


def test_pages_reach_the_list_when_14_have_come_together():
    h = fresh()
    h.map(M)
    before = active(h.kernel).nr_pages
    h.write(0, 52 * K)
    assert active(h.kernel).nr_pages == before
    h.write(52 * K, 4 * K)
    assert active(h.kernel).nr_pages == before + 14


def test_of_100_pages_two_wait():
    h = fresh()
    h.map(M)
    before = active(h.kernel).nr_pages
    h.write(0, 400 * K)
    assert active(h.kernel).nr_pages == before + 98
    lru_add_drain(h.kernel, 0)
    assert active(h.kernel).nr_pages == before + 100


def test_a_huge_page_waits_as_one_and_counts_512():
    h = host()
    lru_add_drain_all(h.kernel)
    h.map(4 * M)
    before = active(h.kernel).nr_pages
    h.write(0, 4 * M)
    assert active(h.kernel).nr_pages == before
    lru_add_drain(h.kernel, 0)
    assert active(h.kernel).nr_pages == before + 1024


def test_a_drained_host_keeps_no_page_waiting():
    h = host(cmdline="transparent_hugepage=never", drained=True)
    h.map(M)
    before = active(h.kernel).nr_pages
    h.write(0, 4 * K)
    assert active(h.kernel).nr_pages == before + 1


def test_dying_pages_are_freed_14_at_a_time_and_the_rest_waits():
    h = fresh()
    h.map(M)
    h.write(0, 80 * K)
    lru_add_drain(h.kernel, 0)
    block, first = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    freed = put_dying(h.kernel, 0, [(block, first, 20)], Lru.ACTIVE_ANON)
    assert sum(mask.bit_count() for mask in freed.values()) == 14
    assert block.pagevec.bit_count() == 6


def test_a_drained_host_frees_dying_pages_at_once():
    h = host(cmdline="transparent_hugepage=never", drained=True)
    h.map(M)
    h.write(0, 20 * K)
    block, first = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    freed = put_dying(h.kernel, 0, [(block, first, 5)], Lru.ACTIVE_ANON)
    assert sum(mask.bit_count() for mask in freed.values()) == 5
    assert not block.pagevec
