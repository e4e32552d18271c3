"""Flags of pages as /proc/kpageflags shows them."""

from tests.mm.hugetlb.stage import SHARED, map_huge, pool
from tests.support import START, K, M, host
from thpsh.mm.exec import program_file
from thpsh.mm.filemap import frames_behind
from thpsh.mm.hwpoison_inject import hwpoison_inject
from thpsh.mm.mmap import munmap
from thpsh.mm.slab import resize_slab
from thpsh.mm.stable_page_flags import FLAGS, page_flags, stable_page_flags


def names(flags):
    return {name for name, bit in FLAGS.items() if flags >> bit & 1}


def used(*flags):
    h = pool(2)
    map_huge(h, 1, *flags)
    h.write(0, 2 * M)
    return h, h.task.mm.hugetlb[START >> 21].page.block.start_pfn


def test_a_poisoned_page_of_the_pool_is_so_all_over():
    h, pfn = used()
    hwpoison_inject(h.kernel, pfn + 8)
    flags = page_flags(h.kernel, pfn >> 9)
    assert all(each >> FLAGS["hwpoison"] & 1 for each in flags)
    assert names(flags[0]) == {"huge", "compound_head", "uptodate", "dirty", "hwpoison"}
    assert names(flags[511]) == {"huge", "compound_tail", "hwpoison"}


def test_a_shared_page_is_not_anonymous():
    h, pfn = used(SHARED)
    assert names(stable_page_flags(h.kernel, pfn)) == {"huge", "compound_head", "mmap", "uptodate"}


def test_a_private_page_stays_dirty_and_valid_in_the_pool():
    h, pfn = used()
    munmap(h.kernel, h.task, START, 2 * M)
    assert names(stable_page_flags(h.kernel, pfn)) == {"huge", "compound_head", "uptodate", "dirty"}


def test_a_free_block_with_an_object_shows_at_its_first_frame():
    h = host()
    first, _ = h.kernel.zones[-1].area.virgin[0]
    hwpoison_inject(h.kernel, (first << 9) + 5)
    assert names(stable_page_flags(h.kernel, first << 9)) == {"buddy"}
    assert names(stable_page_flags(h.kernel, (first << 9) + 5)) == {"hwpoison"}


def test_slabs_say_so():
    h = host()
    for page in range(4000):
        h.map(4 * K, START + page * 8 * K)
    resize_slab(h.kernel)
    block, frame, _ = h.kernel.slab.runs[0]
    assert names(stable_page_flags(h.kernel, block.start_pfn + frame)) == {"slab"}


def test_pages_of_the_boot_image_are_dirty_for_ever():
    h = host()
    _, block, shift = frames_behind(h.kernel, program_file(h.kernel).mapping, 0, 1)[0]
    assert "dirty" in names(stable_page_flags(h.kernel, block.start_pfn + shift))
