"""Masks of 512 pages."""

from hypothesis import given
from hypothesis import strategies as st

from thpsh.structs import bits

masks = st.integers(0, bits.FULL)
places = st.integers(0, 512)


def test_a_span_of_nothing_is_empty_and_of_all_is_full():
    assert bits.span(7, 7) == 0
    assert bits.span(0, 512) == bits.FULL
    assert bits.span(2, 5) == 0b11100


def test_groups_of_each_order_begin_at_their_multiples():
    assert bits.EVEN[0] == bits.FULL
    assert bits.EVEN[9] == 1
    assert bits.indices(bits.EVEN[7]) == [0, 128, 256, 384]


@given(masks)
def test_indices_and_runs_describe_the_same_pages(mask):
    listed = [page for first, length in bits.runs(mask) for page in range(first, first + length)]
    assert bits.indices(mask) == listed
    assert sum(1 << page for page in listed) == mask


@given(masks, places)
def test_lowest_and_highest_divide_a_mask(mask, count):
    low = bits.take_lowest(mask, count)
    high = bits.take_highest(mask, max(0, mask.bit_count() - count))
    assert low ^ high == mask
    assert low.bit_count() == min(count, mask.bit_count())
    assert not low or not high or low.bit_length() <= bits.lowest(high)


@given(st.integers(0, 511), st.integers(0, 512), st.integers(1, 512))
def test_a_progression_holds_every_step_th_page(first, last, step):
    assert bits.indices(bits.progression(first, last, step)) == list(range(first, last, step))


@given(masks, st.integers(0, 100))
def test_shifting_up_and_down_again_changes_nothing(mask, by):
    assert bits.shifted(bits.shifted(mask, by), -by) == mask
