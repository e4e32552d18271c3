"""Swap devices as plain data."""

from thpsh.structs.swap import Swap, SwapCluster, SwapDevice


def test_a_slot_is_used_by_an_entry_or_by_the_cache():
    assert SwapCluster(once=0b0011, cached=0b0110).used == 0b0111


def test_the_header_holds_no_page():
    assert SwapDevice(0, "/dev/ram0", -1, 16384).pages == 16383


def test_swap_is_full_when_more_than_half_of_it_is_used():
    assert not Swap().full
    assert not Swap(free=50, total=100).full
    assert Swap(free=49, total=100).full
