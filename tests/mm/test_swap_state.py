"""The swap cache."""

from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.swap_state import cached_frame, lookup_swap_cache, swap_cached


def test_a_page_read_back_stays_in_the_swap_cache_with_its_slot():
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 512)
    used = h.kernel.swap.total - h.kernel.swap.free
    entry = table(h).swapped[3]
    assert cached_frame(h.kernel, entry) is None
    h.read(12 * K, 4 * K)
    block, frame = lookup_swap_cache(h.kernel, entry)
    assert swap_cached(block) >> frame & 1
    assert (h.kernel.swap.cached, h.kernel.swap.total - h.kernel.swap.free) == (1, used)


def test_a_page_that_is_unmapped_leaves_the_cache_and_its_slot_is_free():
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 512)
    h.read(0, 64 * K)
    free = h.kernel.swap.free
    madvise(h.kernel, h.task, START, 32 * K, Madv.DONTNEED)
    debug_vm(h.kernel)
    assert (h.kernel.swap.cached, h.kernel.swap.free) == (8, free + 8)


def test_a_page_whose_last_entry_goes_leaves_the_cache():
    h = with_swap(read_around=3)
    touched(h, 2 * M)
    push_out(h, 512)
    h.read(1 * M, 4 * K)
    assert h.kernel.swap.cached == 8
    madvise(h.kernel, h.task, START, 2 * M, Madv.DONTNEED)
    debug_vm(h.kernel)
    assert h.kernel.swap.cached == 0


def test_a_page_that_another_process_wants_back_stays_when_it_is_unmapped():
    h = with_swap()
    touched(h, 2 * M)
    push_out(h, 512)
    child = fork(h.kernel, h.task, "child")
    debug_vm(h.kernel)
    h.read(0, 4 * K)
    madvise(h.kernel, h.task, START, 4 * K, Madv.DONTNEED)
    debug_vm(h.kernel)
    assert h.kernel.swap.cached == 1
    assert (h.read(0, 4 * K, task=child).major, h.kernel.swap.cached) == (0, 1)
