"""Ranges of addresses as slots and masks of pages."""

from tests.support import START, K, M, host
from thpsh.mm.slot_range import covered, pages_in, slots_of


def test_pages_of_a_range_are_cut_at_its_ends():
    assert pages_in(0, 0, 2 * M) == (1 << 512) - 1
    assert pages_in(0, 8 * K, 16 * K) == 0b1100
    assert pages_in(1, 0, 2 * M + 4 * K) == 1


def test_only_slots_that_hold_something_are_visited():
    h = host(cmdline="transparent_hugepage=never")
    h.map(64 * M)
    h.write(10 * M, 4 * K)
    assert slots_of(h.task.mm, START, START + 64 * M) == [(START >> 21) + 5]
    assert slots_of(h.task.mm, START, START + 2 * M) == []


def test_only_the_slots_at_the_ends_of_a_range_are_covered_in_part():
    h = host(cmdline="transparent_hugepage=never")
    h.map(8 * M)
    h.write(0, 8 * M)
    first = START >> 21
    found = covered(START + 2 * M - 4 * K, START + 4 * M + 8 * K, h.task.mm)
    assert found == [(first, 1 << 511), (first + 1, (1 << 512) - 1), (first + 2, 0b11)]
    assert covered(START + 16 * M, START + 18 * M, h.task.mm) == []
