"""Swap slots: which are given out, and when they are free again."""

from tests.support import M, host
from thpsh.mm.scan_swap_map import get_swap_pages
from thpsh.mm.swapfile import (
    add_swap_device,
    entries_of,
    swap_counts,
    swap_duplicate,
    swap_free,
    swapcache_free,
    valid_swaphandles,
)
from thpsh.structs.swap_entry import swp_entry


def device_of(size=4 * M):
    kernel = host().kernel
    return kernel, add_swap_device(kernel, "/dev/ram0", size)


def taken(kernel, count):
    return [(device.number, first, length) for device, first, length in get_swap_pages(kernel, count)]


def test_the_header_takes_the_first_slot():
    kernel, device = device_of(64 * M)
    assert (device.pages, kernel.swap.free, kernel.swap.total) == (16383, 16383, 16383)
    assert taken(kernel, 3) == [(0, 1, 3)]
    assert (kernel.swap.free, device.inuse) == (16380, 3)


def test_a_slot_is_free_when_neither_entry_nor_cache_refers_to_it():
    kernel, device = device_of()
    taken(kernel, 4)
    entries = list(entries_of(device, 1, 4))
    swap_duplicate(kernel, entries)
    swap_duplicate(kernel, entries[:2])
    swap_duplicate(kernel, entries[:1])
    assert [swap_counts(kernel, entry) for entry in entries] == [3, 2, 1, 1]
    swapcache_free(kernel, entries)
    assert device.inuse == 4
    swap_free(kernel, entries)
    assert [swap_counts(kernel, entry) for entry in entries] == [2, 1, 0, 0]
    assert device.inuse == 2


def test_one_entry_may_come_twice_in_a_list():
    kernel, device = device_of()
    taken(kernel, 1)
    entry = swp_entry(0, 1)
    swap_duplicate(kernel, [entry, entry, entry])
    assert swap_counts(kernel, entry) == 3
    swap_free(kernel, [entry, entry])
    assert swap_counts(kernel, entry) == 1
    assert device.inuse == 1


def test_readahead_is_an_aligned_group_without_the_header_and_without_gaps():
    kernel, device = device_of()
    taken(kernel, 32)
    kernel.sysctl.page_cluster = 3
    assert valid_swaphandles(kernel, swp_entry(0, 1)) == range(1, 8)
    assert valid_swaphandles(kernel, swp_entry(0, 20)) == range(16, 24)
    swapcache_free(kernel, entries_of(device, 18, 1))
    assert valid_swaphandles(kernel, swp_entry(0, 20)) == range(19, 24)
    kernel.sysctl.page_cluster = 0
    assert valid_swaphandles(kernel, swp_entry(0, 20)) == range(20, 21)
