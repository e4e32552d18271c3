"""Which swap slots are given out."""

from tests.mm.swapped import push_out, touched, with_swap
from tests.support import START, K, M, host
from thpsh.mm.scan_swap_map import get_swap_pages
from thpsh.mm.swapfile import add_swap_device, entries_of, swapcache_free
from thpsh.structs.bits import lowest


def device_of(size=4 * M):
    kernel = host().kernel
    return kernel, add_swap_device(kernel, "/dev/ram0", size)


def taken(kernel, count):
    return [(device.number, first, length) for device, first, length in get_swap_pages(kernel, count)]


def test_slots_come_in_clusters_of_256():
    kernel, _ = device_of()
    assert taken(kernel, 300) == [(0, 1, 256), (0, 257, 44)]


def test_a_freed_run_of_256_is_used_before_new_ground():
    kernel, device = device_of()
    taken(kernel, 512)
    swapcache_free(kernel, entries_of(device, 1, 256))
    assert taken(kernel, 1) == [(0, 1, 1)]


def test_a_full_device_gives_what_it_has():
    kernel, device = device_of(1 * M)
    assert sum(length for _, _, length in taken(kernel, 300)) == 255
    assert taken(kernel, 1) == []
    swapcache_free(kernel, entries_of(device, 7, 1))
    assert taken(kernel, 2) == [(0, 7, 1)]


def test_the_first_device_is_filled_first():
    kernel, _ = device_of(1 * M)
    second = add_swap_device(kernel, "/dev/ram1", 1 * M)
    assert second.priority == -2
    assert [number for number, _, _ in taken(kernel, 257)] == [0, 1]


def test_the_lowest_slot_is_passed_over_when_the_search_begins_anew_in_the_middle():
    kernel, device = device_of(1 * M)
    taken(kernel, 100)
    swapcache_free(kernel, entries_of(device, 5, 1))
    device.cluster_next, device.highest_bit = 50, 100  # as if all from 50 on were used
    assert taken(kernel, 1) == []
    swapcache_free(kernel, entries_of(device, 7, 1))
    assert taken(kernel, 1) == [(0, 7, 1)]


def cached_in_full_swap():
    """Swap of 511 slots, of which the first 64 only cache pages that are in memory again; then most of it is used."""
    h = with_swap(2 * M)
    touched(h, 2 * M)
    push_out(h, 200)
    first = h.task.mm.pmds[START >> 21].swapped
    h.read(min(first, key=first.get) * 4 * K, 64 * 4 * K)
    list(get_swap_pages(h.kernel, 150))
    return h


def test_while_swap_is_getting_full_slots_of_pages_in_memory_are_taken_on_the_way():
    h = cached_in_full_swap()
    device = h.kernel.swap.devices[0]
    before = h.kernel.swap.cached
    slot = lowest(device.clusters[0].cached & ~device.clusters[0].once)
    device.cluster_next = 1
    free = h.kernel.swap.free
    assert taken(h.kernel, 1) == [(0, slot, 1)]
    assert (h.kernel.swap.cached, h.kernel.swap.free) == (before - 1, free)


def test_without_a_free_slot_nobody_looks_for_pages_in_memory():
    h = cached_in_full_swap()
    list(get_swap_pages(h.kernel, h.kernel.swap.free))
    assert taken(h.kernel, 1) == []
