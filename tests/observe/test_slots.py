"""Letters of 2 MiB slots (contract §3)."""

from tests.mm.hugetlb.stage import map_huge, pool
from tests.support import START, K, M, host
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.observe.slots import slot_letters


def letters(h, offset, size):
    return slot_letters(h.kernel, h.task.mm, START + offset, START + offset + size)


def test_huge_full_partial_zero_and_nothing():
    h = host()
    h.map(10 * M)
    h.write(0, 4 * K)
    h.enabled("never")
    h.write(2 * M, 2 * M)
    h.write(4 * M, 12 * K)
    h.read(6 * M, 8 * K)
    assert letters(h, 0, 10 * M) == [("H", 512), ("F", 512), ("P", 3), ("z", 2), (".", 0)]


def test_one_written_page_among_zero_pages_makes_the_slot_partial():
    h = host()
    h.map(2 * M)
    h.enabled("never")
    h.read(0, 8 * K)
    h.write(4 * K, 4 * K)
    assert letters(h, 0, 2 * M) == [("P", 2)]


def test_pages_outside_the_range_do_not_count():
    h = host()
    h.map(4 * M)
    h.enabled("never")
    h.write(0, 4 * M)
    assert letters(h, 1 * M, 2 * M) == [("P", 256), ("P", 256)]
    assert letters(h, 2 * M - 4 * K, 4 * K) == [("P", 1)]


def test_a_swapped_page_shows_before_the_present_ones():
    h = host()
    h.map(2 * M)
    h.enabled("never")
    h.write(0, 4 * K)
    h.task.mm.pmds[START >> 21].swapped = {5: 1}
    assert letters(h, 0, 2 * M) == [("S", 1)]
    assert letters(h, 0, 4 * K) == [("P", 1)]


def test_a_lost_page_of_hugetlbfs_shows_as_poison():
    h = pool(3)
    map_huge(h, 3)
    h.write(0, 4 * M)
    madvise(h.kernel, h.task, START + 2 * M, 4 * K, Madv.HWPOISON)
    assert letters(h, 0, 6 * M) == [("H", 512), ("X", 0), (".", 0)]
