"""What all mappings of some pages say, and taking them away."""

from tests.mm.swapped import table, touched, with_swap
from tests.support import START, K, M
from thpsh.mm.fork import fork
from thpsh.mm.mlock import mlock
from thpsh.mm.rmap_unmap import page_referenced, try_to_unmap
from thpsh.mm.scan_swap_map import new_swap_entries
from thpsh.mm.swap_state import add_to_swap_cache
from thpsh.structs.bits import FULL
from thpsh.structs.memcg import MemCgroup
from thpsh.structs.vma import Vm


def block_of(h):
    return table(h).runs[0][1]


def test_asking_for_references_clears_them():
    h = with_swap()
    touched(h, 2 * M)
    block, shift = table(h).runs[0][1:]
    frames = 0b1111 << (shift if shift > 0 else 0)
    assert page_referenced(h.kernel, block, frames, None).young == frames
    assert page_referenced(h.kernel, block, frames, None).young == 0


def test_a_huge_page_has_one_young_bit():
    h = with_swap(huge=True)
    touched(h, 2 * M)
    block = table(h).block
    assert page_referenced(h.kernel, block, FULL, None).young == FULL
    assert not table(h).young
    assert page_referenced(h.kernel, block, FULL, None).young == 0


def test_other_groups_are_not_asked_on_behalf_of_a_group():
    h = with_swap(huge=True)
    touched(h, 2 * M)
    assert page_referenced(h.kernel, table(h).block, FULL, MemCgroup("other", h.kernel.root_memcg)).young == 0


def test_a_locked_mapping_is_told():
    h = with_swap(huge=True)
    touched(h, 2 * M)
    mlock(h.kernel, h.task, START, 2 * M)
    assert page_referenced(h.kernel, table(h).block, FULL, None).locked == FULL


def test_mappings_after_a_locked_one_are_not_asked():
    # page_referenced_one sets the mapcount to 0: the loop ends
    h = with_swap()
    touched(h, 8 * K)
    child = fork(h.kernel, h.task, "child")
    h.task.mm.vma_at(START).flags |= Vm.LOCKED
    other = child.mm.pmds[START >> 21]
    other.young = 0b11
    _, block, frame = table(h).runs[0]
    both = 0b11 << frame
    assert page_referenced(h.kernel, block, both, None) == (0, both, 0)
    assert other.young == 0b11
    h.task.mm.vma_at(START).flags ^= Vm.LOCKED
    assert page_referenced(h.kernel, block, both, None).young == both
    assert other.young == 0


def test_unmapping_leaves_the_entry_in_every_page_table_that_had_the_page():
    h = with_swap()
    touched(h, 8 * K)
    child = fork(h.kernel, h.task, "child")
    _, block, shift = table(h).runs[0]
    frame = shift
    entry = new_swap_entries(h.kernel, 1)[0]
    add_to_swap_cache(h.kernel, block, {frame: entry})
    page_referenced(h.kernel, block, 1 << frame, None)
    rss = h.task.mm.anon_rss
    assert try_to_unmap(h.kernel, block, block.rare.swap, 1 << frame) == (0, 0)
    assert table(h).swapped == {0: entry} == child.mm.pmds[START >> 21].swapped
    assert (h.task.mm.anon_rss, h.task.mm.swap_ents, child.mm.swap_ents) == (rss - 1, 1, 1)
    assert not block.once >> frame & 1


def test_a_page_used_in_between_stays_mapped():
    h = with_swap()
    touched(h, 8 * K)
    _, block, frame = table(h).runs[0]
    entry = new_swap_entries(h.kernel, 1)[0]
    add_to_swap_cache(h.kernel, block, {frame: entry})
    assert try_to_unmap(h.kernel, block, block.rare.swap, 1 << frame) == (1 << frame, 0)
    assert table(h).swapped is None


def test_the_first_mapping_that_stays_ends_it_for_a_page():
    h = with_swap()
    touched(h, 8 * K)
    children = [fork(h.kernel, h.task, name) for name in ("a", "b")]
    for task in (h.task, *children):
        task.mm.pmds[START >> 21].young = 0
    h.read(0, 4 * K, task=children[0])
    block, shift = table(h).runs[0][1:]
    frames = 0b11 << shift
    slots = new_swap_entries(h.kernel, 2)
    add_to_swap_cache(h.kernel, block, {shift: slots[0], shift + 1: slots[1]})
    found = try_to_unmap(h.kernel, block, block.rare.swap, frames)
    assert (found.failed, found.locked) == (1 << shift, 0)
    assert [task.mm.pmds[START >> 21].present for task in (h.task, *children)] == [0, 0b01, 0b01]
