"""Which pages of files drop_caches takes."""

import pytest

from tests.mm.layout import SHARED, place, vma
from tests.support import START, K, M, host
from thpsh.mm.activate import activate_page
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.drop_caches import PAGE_CACHE, SLAB, drop_caches
from thpsh.mm.frames import frames_of
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
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


@pytest.mark.parametrize(("release", "aged"), [("2.6.38", 0), ("2.6.39", 16)])
def test_shared_memory_that_nobody_maps_any_more_ages(release, aged):
    h = host(kernel=release)
    h.enabled("never")
    place(h, 0, 128 * K, flags=SHARED)
    h.write(0, 128 * K)
    madvise(h.kernel, h.task, START, 64 * K, Madv.DONTNEED)
    lru_add_drain_all(h.kernel)
    file = vma(h).file
    for block, frames in frames_of(h.kernel, file.mapping.slots[0], file.mapping.slots[0].present):
        activate_page(h.kernel, block, frames)
    assert drop_caches(h.kernel, PAGE_CACHE) == 0
    assert h.event("pgdeactivate") == aged
    assert file.mapping.nr_pages == 32
    debug_vm(h.kernel)
