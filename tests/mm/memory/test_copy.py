"""What fork shares (copy_page_range)."""

from tests.mm.layout import SHARED, place, placed, vma
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.structs.bits import span

SLOT = START >> 21


def small(size, **how):
    h = placed(size, **how)
    h.enabled("never")
    return h


def forked(h):
    child = fork(h.kernel, h.task, "child")
    debug_vm(h.kernel)
    return child


def test_private_pages_are_write_protected_on_both_sides():
    h = small(2 * M)
    h.write(0, 12 * K)
    child = forked(h)
    mine, its = h.task.mm.pmds[SLOT], child.mm.pmds[SLOT]
    assert (mine.present, its.present) == (0b111, 0b111)
    assert (mine.writable, its.writable) == (0, 0)


def test_the_childs_entries_are_old_but_as_dirty():
    h = small(2 * M)
    h.write(0, 12 * K)
    child = forked(h)
    its = child.mm.pmds[SLOT]
    assert (its.young, its.dirty) == (0, 0b111)
    assert h.task.mm.pmds[SLOT].young == 0b111


def test_shared_memory_is_left_for_the_child_to_fault():
    h = small(2 * M, flags=SHARED)
    h.write(0, 8 * K)
    child = forked(h)
    assert SLOT not in child.mm.pmds
    assert h.task.mm.pmds[SLOT].writable == 0b11


def test_zero_pages_are_copied_and_counted_by_nobody():
    h = small(2 * M)
    h.read(0, 16 * K)
    h.write(16 * K, 4 * K)
    rss = h.task.mm.anon_rss
    child = forked(h)
    assert child.mm.pmds[SLOT].special == 0b1111
    assert child.mm.anon_rss == rss
    assert h.task.mm.pmds[SLOT].runs[0][1].mapcount(h.task.mm.pmds[SLOT].runs[0][2] + 4) == 2


def test_two_vmas_in_one_slot_share_the_childs_page_table():
    h = small(1 * M)
    place(h, 1 * M, 1 * M, prot=1)
    vma(h, 1 * M).flags |= 2  # written before it became read-only
    h.write(0, 2 * M)
    vma(h, 1 * M).flags &= ~2
    h.task.mm.pmds[SLOT].writable &= span(0, 256)
    child = forked(h)
    assert child.mm.pmds[SLOT].present == h.task.mm.pmds[SLOT].present == span(0, 512)
    assert child.mm.nr_ptes == h.task.mm.nr_ptes


def test_memory_nobody_touched_is_not_copied():
    h = host()
    h.map(64 * M)
    child = forked(h)
    assert not [slot for slot in child.mm.pmds if SLOT <= slot < SLOT + 32]
