"""What pages hold, against a plain dict."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import host
from thpsh.mm.content import set_tag
from thpsh.structs.bits import FULL, span
from thpsh.structs.pageblock import Pageblock

KERNEL = host().kernel


def contents(block, frames=range(6)):
    return [block.content(frame) for frame in frames]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 63), st.integers(0, 3)), max_size=20))
def test_the_last_write_wins(writes):
    block, model = Pageblock(0, None), [0] * 6
    for frames, tag in writes:
        set_tag(KERNEL, block, frames, tag)
        model = [tag if frames >> frame & 1 else old for frame, old in enumerate(model)]
        assert contents(block) == model


def test_a_block_written_whole_needs_no_list_of_frames():
    block = Pageblock(0, None)
    set_tag(KERNEL, block, span(0, 3), 1)
    set_tag(KERNEL, block, FULL, 2)
    assert block.rare is None
    assert contents(block, (0, 3, 511)) == [2, 2, 2]


def test_zeros_are_no_tag():
    block = Pageblock(0, None)
    set_tag(KERNEL, block, 0b11, 7)
    set_tag(KERNEL, block, 0b01, 0)
    assert (contents(block, (0, 1)), block.tagged) == ([0, 7], 0b10)
