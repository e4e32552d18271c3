"""Counters of 512 pages in bit planes."""

from hypothesis import given
from hypothesis import strategies as st

from thpsh.structs.counting import add_planes, nonzero, number, subtract_planes


@given(st.lists(st.integers(0, (1 << 512) - 1), max_size=20))
def test_each_page_counts_how_often_it_was_added(masks):
    planes: tuple[int, ...] = ()
    for mask in masks:
        planes = add_planes(planes, mask)
    for page in (0, 1, 255, 511):
        assert number(planes, page) == sum(mask >> page & 1 for mask in masks)
    for mask in masks:
        planes = subtract_planes(planes, mask)
    assert planes == ()


def test_nonzero_names_the_pages_that_count_at_all():
    assert nonzero(add_planes(add_planes((), 0b110), 0b010)) == 0b110
