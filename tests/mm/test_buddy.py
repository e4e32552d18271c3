"""Free lists: what is split comes together again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import M, host
from thpsh.mm.buddy import block_starts, free_frames, free_mask, rmqueue_bulk, rmqueue_smallest
from thpsh.mm.debug_vm import debug_vm
from thpsh.structs.bits import FULL, span
from thpsh.structs.page import MigrateType

MOVABLE = MigrateType.MOVABLE


def order_counts(zone):
    """Free blocks by order, as in /proc/buddyinfo."""
    return [sum(listed.nr for listed in lists) for lists in zone.area.lists]


def test_maximal_blocks_are_read_off_a_mask():
    starts = block_starts(span(1, 8) | 1 << 511)
    assert starts[:4] == (1 << 1 | 1 << 511, 1 << 2, 1 << 4, 0)


@given(st.integers(0, FULL - 1))
def test_blocks_of_a_mask_cover_it_exactly_once(mask):
    covered = 0
    for order, firsts in enumerate(block_starts(mask)):
        whole = firsts * ((1 << (1 << order)) - 1)
        assert not covered & whole
        covered |= whole
    assert covered == mask


def test_one_page_splits_the_largest_block_into_all_orders():
    zone = host().kernel.zones[-1]
    kernel = host().kernel
    zone = kernel.zones[0]  # DMA: 3981 pages, no small blocks of the Movable type
    before = order_counts(zone)
    block, frame = rmqueue_smallest(kernel, zone, 0, MOVABLE)
    after = order_counts(zone)
    assert after[10] == before[10] - 1
    assert [b - a for a, b in zip(before[:10], after[:10], strict=True)] == [1] * 10
    free_frames(kernel, block, 1 << frame, MOVABLE)
    assert order_counts(zone) == before


def test_buddies_of_order_9_merge_to_order_10():
    kernel = host().kernel
    zone = kernel.zones[0]
    before = order_counts(zone)
    pages = [rmqueue_smallest(kernel, zone, 9, MOVABLE) for _ in range(4)]
    for block, _ in pages:
        free_frames(kernel, block, FULL, MOVABLE)
    assert order_counts(zone) == before


def test_pages_come_from_the_smallest_blocks_in_ascending_order():
    kernel = host().kernel
    chunks = rmqueue_bulk(kernel, kernel.zones[0], 700, MOVABLE)
    assert [mask.bit_count() for _, mask in chunks] == [512, 188]
    assert chunks[1][0].index == chunks[0][0].index + 1
    assert free_mask(chunks[1][0]) == span(188, 512)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_any_order_of_taking_and_freeing_leaves_maximal_lists(steps, chance):
    h = host(memory=64 * M)
    kernel, zone = h.kernel, h.kernel.zones[-1]
    held, start = [], zone.free
    for order, give_back in steps:
        if give_back and held:
            block, first, size = held.pop(chance.randrange(len(held)))
            block.kernel &= ~span(first, first + size)
            free_frames(kernel, block, span(first, first + size), MOVABLE)
        else:
            found = rmqueue_smallest(kernel, zone, order, MOVABLE)
            if found:
                found[0].kernel |= span(found[1], found[1] + (1 << order))
                held.append((*found, 1 << order))
        debug_vm(kernel)
    assert zone.free == start - sum(size for _, _, size in held)
