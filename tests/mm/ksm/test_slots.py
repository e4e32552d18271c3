from tests.mm.ksm.pages import PAGE, counts, mergeable, put, scan
from tests.support import START
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.ksm.slots import advance, ksm_enter
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv


def test_a_child_of_a_process_with_mergeable_memory_is_on_the_list_too():
    h = mergeable(8 * PAGE)
    child = fork(h.kernel, h.task, "child")
    assert h.kernel.ksm.mms == [h.task.mm, child.mm]
    ksm_enter(h.kernel, child.mm)
    assert len(h.kernel.ksm.mms) == 2


def test_a_newcomer_stands_just_behind_the_cursor():
    h = mergeable(8 * PAGE)
    child = fork(h.kernel, h.task, "child")
    h.kernel.ksm.cursor_mm = child.mm
    grandchild = fork(h.kernel, child, "grandchild")
    assert h.kernel.ksm.mms == [h.task.mm, grandchild.mm, child.mm]


def test_after_the_last_process_the_cursor_is_at_the_beginning():
    h = mergeable(8 * PAGE)
    advance(h.kernel, h.task.mm)
    assert h.kernel.ksm.cursor_mm is None


def test_a_process_never_looked_at_leaves_at_once():
    h = mergeable(8 * PAGE)
    do_exit(h.kernel, h.task)
    assert h.kernel.ksm.mms == []


def test_what_is_known_of_a_dead_process_counts_until_ksmd_comes():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 1, 2])
    scan(h, 2)
    do_exit(h.kernel, h.task)
    assert counts(h) == (1, 1, 1, 0)
    scan(h)
    assert (counts(h), h.kernel.ksm.mms) == ((0, 0, 0, 0), [])


def test_a_process_that_has_no_mergeable_memory_any_more_leaves_at_the_next_scan():
    h = mergeable(8 * PAGE)
    put(h, 0, [1])
    madvise(h.kernel, h.task, START, 8 * PAGE, Madv.UNMERGEABLE)
    assert h.kernel.ksm.mms == [h.task.mm]
    scan(h)
    assert (h.kernel.ksm.mms, h.task.mm.mergeable) == ([], False)
