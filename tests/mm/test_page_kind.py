"""What a frame number stands for."""

import pytest

from tests.mm.hugetlb.stage import map_huge, pool
from tests.mm.layout import SHARED, placed, vma
from tests.support import START, K, M, host
from thpsh.mm.buddy import pageblock_at
from thpsh.mm.gup import pin
from thpsh.mm.mmap import munmap
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.page_kind import (
    PageKind,
    frames_within,
    kind_of,
    page_count,
    pfn_valid,
    slab_mask,
    user_mask,
    wholly_free,
)
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.slab import resize_slab
from thpsh.structs.page import ZERO_PFN


def frame_of(h, page=0):
    table = h.task.mm.pmds[START >> 21]
    pages, block, shift = table.runs[0]
    assert pages >> page & 1
    return block.start_pfn + page + shift


@pytest.fixture
def small():
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    return h


def test_sections_with_any_memory_have_pages():
    h = host(memory=5 << 30)
    assert pfn_valid(h.kernel, 0)
    assert pfn_valid(h.kernel, 0xBFFFF)
    assert not pfn_valid(h.kernel, 0xC8000)  # the hole of the PC
    assert pfn_valid(h.kernel, 0x100000)
    assert not pfn_valid(h.kernel, 1 << 40)


def test_the_kernel_has_its_image_its_tables_and_what_it_took_at_boot(small):
    kernel = small.kernel
    assert kind_of(kernel, 0) is kind_of(kernel, 0xA0) is kind_of(kernel, ZERO_PFN) is PageKind.RESERVED
    held = next(zone.held[0][0] for zone in kernel.zones if zone.held)
    assert kind_of(kernel, held) is kind_of(kernel, small.task.mm.pgd_page) is PageKind.KERNEL
    assert page_count(kernel, ZERO_PFN) == page_count(kernel, held) == page_count(kernel, small.task.mm.pgd_page) == 1


def test_free_pages_are_in_the_lists_or_held_back_for_a_cpu(small):
    kernel = small.kernel
    zone = kernel.zones[-1]
    first, _ = zone.area.virgin[0]
    assert kind_of(kernel, first << 9) is PageKind.BUDDY
    block, start, _ = next(run for held in zone.pcp[0].lists for run in held.runs)
    assert kind_of(kernel, block.start_pfn + start) is PageKind.PCP
    assert page_count(kernel, block.start_pfn + start) == page_count(kernel, first << 9) == 0


def test_pages_of_users_count_mappings_caches_and_pins(small):
    kernel = small.kernel
    pfn = frame_of(small, 15)
    assert kind_of(kernel, pfn) is PageKind.USER
    assert page_count(kernel, pfn) == 2, "a mapping, and the LRU cache"
    lru_add_drain_all(kernel)
    assert page_count(kernel, pfn) == 1
    pin(kernel, small.task, START + 60 * K, 4 * K)
    assert page_count(kernel, pfn) == 2
    munmap(kernel, small.task, START, 64 * K)
    assert (kind_of(kernel, pfn), page_count(kernel, pfn)) == (PageKind.USER, 1)


def test_shared_memory_counts_its_cache_and_a_huge_page_all_its_tails():
    h = placed(64 * K, flags=SHARED)
    h.write(0, 64 * K)
    lru_add_drain_all(h.kernel)
    assert page_count(h.kernel, frame_of(h)) == 2
    h = placed(2 * M)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    pin(h.kernel, h.task, START + 8 * K, 16 * K)
    block = h.task.mm.pmds[START >> 21].block
    assert page_count(h.kernel, block.start_pfn) == page_count(h.kernel, block.start_pfn + 9) == 5


def test_the_pool_has_its_pages_used_or_free():
    h = pool(2)
    map_huge(h, 1)
    h.write(0, 4 * K)
    used = h.task.mm.hugetlb[START >> 21].page.block.start_pfn
    free = h.kernel.hugetlb.nodes[0].free[0].block.start_pfn
    assert kind_of(h.kernel, used + 1) is kind_of(h.kernel, free) is PageKind.HUGETLB
    assert (page_count(h.kernel, used + 1), page_count(h.kernel, free)) == (1, 0)


def test_what_the_allocator_refused_has_no_references(small):
    block = small.task.mm.pmds[START >> 21].runs[0][1]
    frame = block.pcp.bit_length() - 1
    block.pcp ^= 1 << frame
    rare_flags(small.kernel, block).lost = 1 << frame
    assert kind_of(small.kernel, block.start_pfn + frame) is PageKind.LOST
    assert page_count(small.kernel, block.start_pfn + frame) == 0
    assert not user_mask(block) >> frame & 1


def test_slabs_are_told_from_other_memory_of_the_kernel():
    h = host()
    for page in range(4000):
        h.map(4 * K, START + page * 8 * K)
    resize_slab(h.kernel)
    block, first, _ = h.kernel.slab.runs[0]
    assert kind_of(h.kernel, block.start_pfn + first) is PageKind.SLAB
    assert slab_mask(h.kernel, block) >> first & 1


def test_an_object_does_not_make_a_pageblock_used():
    h = host()
    zone = h.kernel.zones[-1]
    first, _ = zone.area.virgin[0]
    block = pageblock_at(h.kernel, zone, first)
    assert wholly_free(zone, block)
    assert kind_of(h.kernel, (first << 9) + 3) is PageKind.BUDDY
    rare_flags(h.kernel, block).lost = 1
    assert not wholly_free(zone, block)


def test_ranges_are_cut_to_a_pageblock():
    assert frames_within(((0, 3), (510, 1000)), 0) == 0b11 << 510 | 0b111
    assert frames_within(((0, 3),), 1) == 0
    assert vma(placed(4 * K)).start == START
