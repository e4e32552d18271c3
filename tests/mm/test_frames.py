"""Frames behind pages, against a plain dict page -> frame number."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thpsh.errors import ModelBug
from thpsh.mm.frames import (
    add,
    add_loose,
    contiguous,
    drop,
    first_pfn,
    frame_at,
    frames_of,
    move,
    pfn_to_block,
    pieces,
    stretches,
)
from thpsh.structs.bits import indices, span
from thpsh.structs.page_table import FrameMap
from thpsh.structs.pageblock import Pageblock

BLOCKS = [Pageblock(index, None) for index in range(12)]  # more than a slot keeps as runs
KERNEL = SimpleNamespace(zones=[SimpleNamespace(pageblocks=dict(enumerate(BLOCKS)))])

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "single", "drop", "move"]),
        st.integers(0, 11),
        st.integers(0, 511),
        st.sampled_from([1, 1, 3, 40, 512]),
        st.integers(-511, 511),
    ),
    max_size=40,
)


def mask_of(pages):
    return sum(1 << page for page in pages)


def written_out(frames, mask):
    """What `pieces` says, page by page."""
    return {
        page: block.start_pfn + page + shift
        for pages, block, shift in pieces(KERNEL, frames, mask)
        for page in indices(pages)
    }


def check(frames, model):
    assert frames.present == mask_of(model)
    assert written_out(frames, frames.present) == model
    half = span(100, 300) & frames.present
    found = {block.start_pfn + frame for block, part in frames_of(KERNEL, frames, half) for frame in indices(part)}
    assert found == {pfn for page, pfn in model.items() if 100 <= page < 300}
    for page in list(model)[::50]:
        block, frame = frame_at(KERNEL, frames, page)
        assert block.start_pfn + frame == model[page]
    if model:
        assert first_pfn(frames) == model[min(model)]


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_order_of_changes_agrees_with_a_dict(steps):
    here, there, model, moved = FrameMap(), FrameMap(), {}, {}
    for what, number, first, length, by in steps:
        window = range(first, min(first + length, 512))
        if what == "add":
            pages = [page for page in window if page not in model and 0 <= page + by < 512]
            if pages:
                add(here, mask_of(pages), BLOCKS[number], by)
                model |= {page: number * 512 + page + by for page in pages}
        elif what == "single":
            pages = [page for page in window[:3] if page not in model]
            if pages:
                add_loose(here, [(page, number * 512 + 511 - page) for page in pages])
                model |= {page: number * 512 + 511 - page for page in pages}
        elif what == "drop":
            drop(here, mask_of(window))
            model = {page: pfn for page, pfn in model.items() if page not in window}
        else:
            pages = [page for page in window if page in model and 0 <= page + by < 512 and page + by not in moved]
            move(KERNEL, here, mask_of(pages), there, by)
            moved |= {page + by: model.pop(page) for page in pages}
        check(here, model)
        check(there, moved)


def test_neighbours_of_one_distance_stay_one_run():
    frames = FrameMap()
    add(frames, span(0, 10), BLOCKS[3], 5)
    add(frames, span(10, 20), BLOCKS[3], 5)
    assert contiguous(frames)
    assert first_pfn(frames) == 3 * 512 + 5
    add(frames, 1 << 20, BLOCKS[4], 0)
    assert not contiguous(frames)


def test_the_table_of_numbers_goes_with_the_last_loose_page():
    frames = FrameMap()
    add_loose(frames, [(0, 77), (9, 78)])
    drop(frames, 1)
    assert frames.pfns is not None
    drop(frames, 1 << 9)
    assert (frames.pfns, frames.present) == (None, 0)


def test_what_is_not_in_use_is_a_bug():
    with pytest.raises(ModelBug, match="not in use"):
        pfn_to_block(KERNEL, 12 * 512)
    with pytest.raises(ModelBug, match="no frame"):
        frame_at(KERNEL, FrameMap(), 7)


def test_stretches_of_pages():
    assert stretches(0b110_0111) == [(0, 3), (5, 2)]
