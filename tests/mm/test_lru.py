"""LRU lists and the caches of 14 pages before them."""

from tests.support import START, K, M, host
from thpsh.mm.lru import lru_add_drain, lru_add_drain_all, lru_position, mark_page_accessed
from thpsh.structs.page import Lru


def active(kernel):
    return kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON]


def fresh():
    h = host(cmdline="transparent_hugepage=never")
    lru_add_drain_all(h.kernel)
    return h


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


def test_the_oldest_page_is_the_first_one_touched():
    h = fresh()
    h.map(M)
    h.write(400 * K, 8 * K)
    h.write(0, 8 * K)
    lru_add_drain(h.kernel, 0)
    table = h.task.mm.pmds[START >> 21]
    order = [pfn + i for pfn, length in lru_position(active(h.kernel)) for i in range(length)][-4:]
    base = {
        page: block.start_pfn + page + shift
        for pages, block, shift in table.runs
        for page in (0, 1, 100, 101)
        if pages >> page & 1
    }
    assert order == [base[100], base[101], base[0], base[1]]


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


def test_a_use_of_an_active_page_only_sets_the_flag():
    h = fresh()
    h.map(M)
    h.write(0, 4 * K)
    lru_add_drain(h.kernel, 0)
    ((pages, block, shift),) = h.task.mm.pmds[START >> 21].runs
    frame = pages << shift if shift >= 0 else pages >> -shift
    mark_page_accessed(h.kernel, block, frame)
    mark_page_accessed(h.kernel, block, frame)
    assert block.referenced & frame
    assert h.event("pgactivate") == 0
