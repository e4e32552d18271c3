"""Finding VMAs."""

from hypothesis import given
from hypothesis import strategies as st

from thpsh.structs.mm import Mm
from thpsh.structs.vma import Vma


def space(*ranges):
    mm = Mm(1, None)
    mm.vmas = [Vma(mm, start, end, 0, 0) for start, end in ranges]
    mm.starts = [start for start, _ in ranges]
    return mm


def test_find_vma_also_finds_what_begins_above():
    low, high = (mm := space((0x1000, 0x3000), (0x8000, 0x9000))).vmas
    assert mm.find_vma(0) is low
    assert mm.find_vma(0x2FFF) is low
    assert mm.find_vma(0x3000) is high  # the end is the first byte outside
    assert mm.find_vma(0x9000) is None


def test_vma_at_finds_only_what_contains_the_address():
    mm = space((0x1000, 0x3000), (0x3000, 0x4000))
    assert mm.vma_at(0xFFF) is None
    assert mm.vma_at(0x3000) is mm.vmas[1]
    assert mm.vma_at(0x4000) is None


@given(st.lists(st.integers(0, 60), unique=True, max_size=12), st.integers(0, 61))
def test_find_agrees_with_a_look_at_every_vma(bounds, address):
    bounds = sorted(bounds)[: len(bounds) // 2 * 2]
    mm = space(*zip(bounds[::2], bounds[1::2], strict=True))
    expected = next((vma for vma in mm.vmas if address < vma.end), None)
    assert mm.find_vma(address) is expected


def test_resident_pages_are_anonymous_and_file_pages():
    mm = Mm(1, None, anon_rss=512, file_rss=7)
    assert mm.rss == 519
