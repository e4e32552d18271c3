"""Where the frames of a migration go."""

import pytest

from tests.mm.lists import small
from tests.support import START, K
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import frame_at
from thpsh.mm.lru import lru_position
from thpsh.mm.migrate import Move, isolate_lru_pages, move_to_new_pages
from thpsh.mm.migrate_putback import putback_lru_pages, waste
from thpsh.mm.page_alloc import alloc_small
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import Gfp, Lru

SLOT = START >> 21


def moves(h, count):
    """The first pages of the process, isolated, and new frames for them."""
    found = []
    for page in range(count):
        block, frame = frame_at(h.kernel, h.task.mm.pmds[SLOT], page)
        assert isolate_lru_pages(h.kernel, block, 1 << frame)
        target, first, _ = alloc_small(h.kernel, 0, 1, Gfp.HIGHUSER_MOVABLE)[0]
        found.append(Move(block, 1 << frame, target, first - frame))
    return found


@pytest.mark.parametrize("downwards", [False, True])
def test_new_frames_come_to_the_list_in_the_order_in_which_their_pages_moved(downwards):
    h = small()
    found = moves(h, 28)
    ordered = sorted(found, key=lambda move: move.block.start_pfn + move.frames.bit_length(), reverse=downwards)
    wanted = [move.target.start_pfn + move.frames.bit_length() - 1 + move.shift for move in ordered]
    move_to_new_pages(h.kernel, 0, found, downwards=downwards)
    lru_add_drain_all(h.kernel)
    listed = h.kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON]
    order = [pfn + step for pfn, length in lru_position(listed) for step in range(length)]
    assert order[-28:] == wanted
    debug_vm(h.kernel)


def test_old_and_new_frames_of_inactive_pages_wait_in_one_cache_by_turns():
    h = small()
    found = moves(h, 10)
    for move in found:
        move.block.active &= ~move.frames
    waiting = h.kernel.cpus[0].pagevecs[Lru.INACTIVE_ANON]
    free = h.kernel.cpus[0].pagevecs[Lru.ACTIVE_ANON].nr
    move_to_new_pages(h.kernel, 0, found)
    assert waiting.nr == 2 * 10 - 14
    entries = [block.start_pfn + frame for block, mask in waiting.entries for frame in range(512) if mask >> frame & 1]
    wanted = []
    for move in sorted(found, key=lambda move: move.block.start_pfn + move.frames.bit_length())[-3:]:
        old = move.block.start_pfn + move.frames.bit_length() - 1
        wanted += [old, move.target.start_pfn + old - move.block.start_pfn + move.shift]
    assert entries == wanted
    assert h.kernel.cpus[0].pagevecs[Lru.ACTIVE_ANON].nr == free
    debug_vm(h.kernel)


def test_a_frame_that_was_not_needed_waits_before_it_is_free():
    h = small()
    page = alloc_small(h.kernel, 0, 1, Gfp.HIGHUSER_MOVABLE)[0]
    waste(h.kernel, 0, page, file=False)
    block, frame, _ = page
    assert block.pagevec >> frame & 1
    debug_vm(h.kernel)
    lru_add_drain_all(h.kernel)
    assert not block.pagevec >> frame & 1
    debug_vm(h.kernel)


def test_pages_that_did_not_move_wait_for_their_old_list():
    h = small()
    block, frame = frame_at(h.kernel, h.task.mm.pmds[SLOT], 3)
    isolate_lru_pages(h.kernel, block, 1 << frame)
    putback_lru_pages(h.kernel, 0, [(block, 1 << frame)])
    assert block.pagevec >> frame & 1
    lru_add_drain_all(h.kernel)
    assert [entry.home.kind for entry in block.lru if entry.mask >> frame & 1] == [Lru.ACTIVE_ANON]
    debug_vm(h.kernel)


def test_the_entry_of_a_list_grows_towards_lower_frames_as_long_as_they_come_one_by_one():
    h = small(28 * 4 * K)
    found = moves(h, 28)
    move_to_new_pages(h.kernel, 0, found, downwards=True)
    lru_add_drain_all(h.kernel)
    targets = {move.target for move in found}
    active = [e for block in targets for e in block.lru if e.home.kind is Lru.ACTIVE_ANON and not e.ascending]
    assert max(entry.mask.bit_count() for entry in active) >= 14
