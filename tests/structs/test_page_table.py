"""Page tables as masks."""

from array import array

from thpsh.structs.page_table import FrameMap, HugePmd, PageTable


def test_without_a_table_of_numbers_no_page_is_loose():
    assert FrameMap(present=0b111, runs=((0b011, None, 0),)).loose == 0


def test_loose_pages_are_those_in_no_run():
    frames = FrameMap(present=0b1111, runs=((0b0001, None, 0), (0b0100, None, 7)), pfns=array("Q", bytes(4096)))
    assert frames.loose == 0b1010


def test_the_zero_page_has_no_frame_number():
    table = PageTable(present=0b1111, runs=((1, None, 0),), pfns=array("Q", bytes(4096)), special=0b1000)
    assert table.loose == 0b0110


def test_swap_entries_are_neither_present_nor_empty():
    table = PageTable(present=1, swapped={3: 77, 511: 78})
    assert table.nonpresent == 1 << 3 | 1 << 511
    assert PageTable().nonpresent == 0


def test_a_fresh_huge_pmd_is_young_and_dirty():
    entry = HugePmd(None, writable=True)
    assert entry.young
    assert entry.dirty
