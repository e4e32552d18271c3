"""Which pages of files drop_caches takes."""

from tests.support import K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.drop_caches import PAGE_CACHE, SLAB, drop_caches
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file


def cached():
    h = host()
    file = cache_file(h.kernel, "/data", 4 * M)
    read_file(h.kernel, h.task, file, 4 * M)
    return h, file


def test_clean_unmapped_pages_go():
    h, file = cached()
    lru_add_drain_all(h.kernel)
    assert drop_caches(h.kernel, PAGE_CACHE) == 1024
    assert (file.mapping.nr_pages, file.mapping.slots) == (0, {})
    debug_vm(h.kernel)


def test_pages_that_wait_in_a_cache_of_the_cpu_stay():
    h, file = cached()
    assert drop_caches(h.kernel, PAGE_CACHE) == 1024 - 2  # 73 times 14, and two
    debug_vm(h.kernel)
    assert file.mapping.nr_pages == 2


def test_mapped_and_dirty_pages_stay():
    h, file = cached()
    h.map(64 * K, file=file)
    h.read(0, 64 * K)
    lru_add_drain_all(h.kernel)
    block = next(iter(file.mapping.slots.values())).runs[-1][1]
    assert drop_caches(h.kernel, PAGE_CACHE) == 1024 - 16
    debug_vm(h.kernel)
    assert block.zone.stat.nr_mapped > 0


def test_slabs_alone_free_no_page_cache():
    h, file = cached()
    assert drop_caches(h.kernel, SLAB) == 0
    assert file.mapping.nr_pages == 1024
