"""LRU lists."""

from tests.mm.lists import active, fresh
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin, unpin
from thpsh.mm.lru import (
    add_page_to_lru_tail,
    del_page_from_lru,
    in_use,
    lru_position,
)
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain
from thpsh.structs.page import Lru


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


def test_a_huge_page_in_the_cache_of_another_cpu_is_not_freed_before_it_comes_out():
    h = host(cpus=2)
    h.map(4 * M)
    h.write(0, 2 * M)
    block = h.task.mm.pmds[START >> 21].block
    assert block.pagevec
    h.task.cpu = 1
    pin(h.kernel, h.task, START, 4 * K)
    munmap(h.kernel, h.task, START, 4 * M)
    unpin(h.kernel, h.task)
    debug_vm(h.kernel)
    assert (block.huge, in_use(block)) == (True, (1 << 512) - 1)
    lru_add_drain(h.kernel, 0)
    debug_vm(h.kernel)
    assert (block.huge, in_use(block)) == (False, 0)


def test_frames_put_to_the_end_of_a_list_are_the_oldest_the_last_one_first():
    h = fresh()
    h.map(M)
    h.write(0, 16 * K)
    lru_add_drain(h.kernel, 0)
    first, second, *_ = [pfn + i for pfn, n in lru_position(active(h.kernel)) for i in range(n)][-4:]
    block = h.kernel.block_of(first)
    mask = 1 << first % 512 | 1 << second % 512
    size = active(h.kernel).nr_pages
    del_page_from_lru(h.kernel, block, mask)
    add_page_to_lru_tail(h.kernel, block, mask, Lru.ACTIVE_ANON)
    assert [pfn for pfn, _ in lru_position(active(h.kernel))][:2] == [second, first]
    assert active(h.kernel).nr_pages == size
    debug_vm(h.kernel)
