"""512 frames: mapcounts and contents."""

from thpsh.structs.pageblock import Pageblock, RareFlags


def test_the_first_frame_number():
    assert Pageblock(3, None).start_pfn == 1536


def test_mapcounts_of_small_pages():
    # frames 0-4 are mapped 0, 1, 2, 3 and 7 times
    block = Pageblock(0, None, once=0b11110, twice=0b11100, planes=(0b11000, 0b00000, 0b10000))
    assert [block.mapcount(frame) for frame in range(5)] == [0, 1, 2, 3, 7]


def test_all_pages_of_a_huge_page_are_mapped_as_often_as_it():
    block = Pageblock(0, None, huge=True, huge_mapcount=3)
    assert (block.mapcount(0), block.mapcount(511)) == (3, 3)


def test_frames_hold_zeros_unless_tagged():
    block = Pageblock(0, None, tag=9, tagged=0b10)
    assert (block.content(0), block.content(1)) == (0, 9)


def test_a_frame_may_hold_something_else_than_its_block():
    block = Pageblock(0, None, tag=9, tagged=0b110, rare=RareFlags(tags={2: 5}))
    assert [block.content(frame) for frame in range(4)] == [0, 9, 5, 0]
