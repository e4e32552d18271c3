"""Flags of pages as /proc/kpageflags shows them."""

from tests.mm.hugetlb.stage import SHARED, map_huge, pool
from tests.support import START, K, M, host
from thpsh.mm.mmap import munmap
from thpsh.mm.slab import resize_slab
from thpsh.mm.stable_page_flags import FLAGS, stable_page_flags


def names(flags):
    return {name for name, bit in FLAGS.items() if flags >> bit & 1}


def used(*flags):
    h = pool(2)
    map_huge(h, 1, *flags)
    h.write(0, 2 * M)
    return h, h.task.mm.hugetlb[START >> 21].page.block.start_pfn


def test_a_shared_page_is_not_anonymous():
    h, pfn = used(SHARED)
    assert names(stable_page_flags(h.kernel, pfn)) == {"huge", "compound_head", "mmap", "uptodate"}


def test_a_private_page_stays_dirty_and_valid_in_the_pool():
    h, pfn = used()
    munmap(h.kernel, h.task, START, 2 * M)
    assert names(stable_page_flags(h.kernel, pfn)) == {"huge", "compound_head", "uptodate", "dirty"}


def test_slabs_say_so():
    h = host()
    for page in range(4000):
        h.map(4 * K, START + page * 8 * K)
    resize_slab(h.kernel)
    block, frame, _ = h.kernel.slab.runs[0]
    assert names(stable_page_flags(h.kernel, block.start_pfn + frame)) == {"slab"}
