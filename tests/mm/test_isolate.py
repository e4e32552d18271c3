"""Batches taken off the LRU lists."""

from tests.mm.swapped import touched, with_swap
from tests.support import K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.isolate import entries, isolate_lru_pages, nr_lru_pages, pages_of, putback, unevictable
from thpsh.structs.page import Lru


def zone(h):
    return h.kernel.zones[-1]


def test_a_batch_is_the_oldest_pages_in_order_and_goes_back_at_the_new_end():
    h = with_swap()
    touched(h, 512 * K)
    size = nr_lru_pages(zone(h), None, Lru.ACTIVE_ANON)
    first = isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 32)
    assert sum(entries(block, mask) for block, mask in first) == 32
    assert nr_lru_pages(zone(h), None, Lru.ACTIVE_ANON) == size - 32
    for block, mask in first:
        putback(h.kernel, block, mask, active=False)
    assert nr_lru_pages(zone(h), None, Lru.INACTIVE_ANON) == 32
    debug_vm(h.kernel)


def test_a_huge_page_is_one_entry():
    h = with_swap(huge=True)
    touched(h, 4 * M)
    batch = isolate_lru_pages(h.kernel, zone(h), None, Lru.ACTIVE_ANON, 1000)
    assert [mask.bit_count() for block, mask in batch if block.huge] == [512, 512]
    assert sum(entries(block, mask) for block, mask in batch if block.huge) == 2
    for block, mask in batch:
        putback(h.kernel, block, mask, active=True)
    debug_vm(h.kernel)


def test_a_group_has_the_part_of_the_list_that_is_charged_to_it():
    h = with_swap()
    touched(h, 512 * K)
    root = h.kernel.root_memcg
    listed = zone(h).lruvec.lists[Lru.ACTIVE_ANON]
    assert nr_lru_pages(zone(h), root, Lru.ACTIVE_ANON) == listed.nr_pages
    block = listed.oldest.block
    assert listed.oldest.mask & ~pages_of(block, root) == 0


def test_the_pages_of_the_boot_image_must_stay():
    h = host()
    file = next(iter(h.kernel.tables.files.values()))
    pages, block, shift = next(iter(file.mapping.slots.values())).runs[0]
    frames = pages << shift if shift >= 0 else pages >> -shift
    assert unevictable(block, frames) == frames
