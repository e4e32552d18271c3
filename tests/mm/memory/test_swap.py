"""Faults on swapped pages; numbers from the recordings swap-readahead and swap-force-all."""

from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Madv
from thpsh.mm.swapfile import valid_swaphandles


def out(read_around=0, size=2 * M):
    h = with_swap(read_around=read_around)
    touched(h, size)
    push_out(h, size // (4 * K))
    return h


def test_a_page_comes_back_by_a_major_fault():
    h = out()
    before = h.event("pgmajfault")
    report = h.read(0, 4 * K)
    assert (report.minor, report.major) == (0, 1)
    assert (h.event("pswpin"), h.event("pgmajfault")) == (1, before + 1)
    assert (table(h).present, table(h).writable) == (1, 0)


def test_its_neighbours_come_along_and_cost_minor_faults():
    h = out(read_around=3)
    first = h.read(1 * M, 4 * K)
    assert (first.minor, first.major, h.event("pswpin")) == (0, 1, 8)
    around = h.read(1 * M - 32 * K, 64 * K)  # 15 more pages: what is left of that group, and parts of two others
    assert (around.minor, around.major, h.event("pswpin")) == (13, 2, 24)


def test_a_write_takes_the_page_out_of_the_swap_cache_and_frees_its_slot():
    h = out()
    free = h.kernel.swap.free
    report = h.write(4 * K, 4 * K)
    assert (report.minor, report.major, h.kernel.swap.cached) == (0, 1, 0)
    assert h.kernel.swap.free == free + 1
    assert table(h).writable == 0b10


def test_a_write_after_a_read_is_a_minor_fault_that_frees_the_slot():
    h = out()
    h.read(0, 64 * K)
    report = h.write(0, 64 * K)
    assert (report.minor, report.major, h.kernel.swap.cached) == (16, 0, 0)


def test_a_write_to_a_page_that_a_child_has_in_swap_too_gets_a_copy():
    h = out()
    fork(h.kernel, h.task, "child")
    free = h.kernel.swap.free
    report = h.write(0, 4 * K)
    assert (report.minor, report.major) == (0, 1)
    assert table(h).writable == 1
    assert h.kernel.swap.free == free


def test_a_page_keeps_what_it_held():
    h = with_swap()
    h.map(128 * K)
    h.write(0, 64 * K, value=7)
    h.write(64 * K, 64 * K, value=9)
    push_out(h, 32)
    h.read(0, 128 * K)
    found = []
    for page in (0, 16):
        pages, block, shift = next(run for run in table(h).runs if run[0] >> page & 1)
        assert pages
        found.append(block.content(page + shift))
    assert found == [7, 9]


def test_a_locked_vma_gets_its_pages_back_without_slots():
    h = out()
    mlock(h.kernel, h.task, START, 2 * M)
    debug_vm(h.kernel)
    assert (table(h).swapped, h.kernel.swap.cached) == (None, 0)


def test_vm_swap_lags_as_vm_rss_does():
    h = out()
    before = h.task.mm.swap_ents
    h.read(0, 40 * K)
    assert (h.task.mm.swap_ents, h.task.mm.seen_swap_ents) == (before - 10, before)


def test_a_page_without_neighbours_in_swap_waits_in_the_lru_cache_those_with_some_do_not():
    waiting = {}
    for around in (0, 3):
        h = out(around)
        h.read(1 * M, 4 * K)
        waiting[around] = sum(pagevec.nr for pagevec in h.kernel.cpus[h.task.cpu].pagevecs)
    assert waiting == {0: 1, 3: 0}


def test_a_slot_whose_neighbours_are_free_is_read_alone_and_waits():
    h = out(3)
    entry = table(h).swapped[256]
    madvise(h.kernel, h.task, START, 256 * 4 * K, Madv.DONTNEED)
    madvise(h.kernel, h.task, START + 257 * 4 * K, 255 * 4 * K, Madv.DONTNEED)
    assert len(valid_swaphandles(h.kernel, entry)) == 1
    h.read(1 * M, 4 * K)
    assert sum(pagevec.nr for pagevec in h.kernel.cpus[h.task.cpu].pagevecs) == 1
