from tests.mm.ksm.pages import PAGE, frame, mergeable, put, scan
from tests.support import START
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin, unpin
from thpsh.mm.ksm.merge import mergeable_page, try_to_merge
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Madv
from thpsh.mm.page_flags import ksm_pages
from thpsh.mm.pagevec import lru_add_drain_all


def pages(h, *numbers):
    return [mergeable_page(h.kernel, h.task.mm, START + number * PAGE) for number in numbers]


def test_only_present_anonymous_pages_of_mergeable_vmas_come_into_question():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 1])
    madvise(h.kernel, h.task, START + PAGE, PAGE, Madv.UNMERGEABLE)
    h.read(2 * PAGE, PAGE)
    assert [page is not None for page in pages(h, 0, 1, 2, 3, 9)] == [True, False, False, False, False]


def test_a_page_still_in_an_lru_cache_is_held_by_it():
    h = mergeable(8 * PAGE)
    put(h, 0, [1])
    (page,) = pages(h, 0)
    assert not try_to_merge(h.kernel, page, None)
    lru_add_drain_all(h.kernel)
    assert try_to_merge(h.kernel, page, None)
    assert page.merged
    debug_vm(h.kernel)


def test_another_content_is_not_replaced_but_write_protected():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 2])
    lru_add_drain_all(h.kernel)
    first, second = pages(h, 0, 1)
    try_to_merge(h.kernel, first, None)
    assert not try_to_merge(h.kernel, second, (first.block, first.frame))
    assert h.task.mm.pmds[START >> 21].writable == 0
    assert frame(h, 0) != frame(h, 1)


def test_a_locked_page_hands_its_lock_to_the_merged_one():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 1])
    mlock(h.kernel, h.task, START, 2 * PAGE)
    lru_add_drain_all(h.kernel)
    before = h.kernel.zones[-1].stat.nr_mlock
    first, second = pages(h, 0, 1)
    try_to_merge(h.kernel, first, None)
    assert try_to_merge(h.kernel, second, (first.block, first.frame))
    debug_vm(h.kernel)
    assert before - h.kernel.zones[-1].stat.nr_mlock == 1


def test_a_merged_page_that_was_unlocked_last_waits_in_a_cache_of_the_lru():
    h = mergeable(8 * PAGE)
    put(h, 0, [1, 1])
    mlock(h.kernel, h.task, START, 2 * PAGE)
    scan(h, 3)
    pfn = frame(h, 0)
    put(h, 0, [2, 3])  # the copies go to locked memory, and nobody maps the merged page any more
    block = h.kernel.block_of(pfn)
    assert (block.mapcount(pfn & 511), ksm_pages(block) >> (pfn & 511) & 1) == (0, 1)
    assert h.kernel.zones[-1].stat.nr_mlock == 2
    lru_add_drain_all(h.kernel)
    debug_vm(h.kernel)
    assert not ksm_pages(block) >> (pfn & 511) & 1


def test_a_merged_page_that_only_a_pin_keeps_is_found_and_mapped_again():
    h = mergeable(8 * PAGE)
    put(h, 0, [7, 7])
    scan(h, 2)
    node = h.kernel.ksm.stable[7]
    pin(h.kernel, h.task, START, PAGE)
    madvise(h.kernel, h.task, START, 2 * PAGE, Madv.DONTNEED)
    debug_vm(h.kernel)
    put(h, 4, [7])
    scan(h)
    assert frame(h, 4) == node.block.start_pfn + node.frame
    unpin(h.kernel, h.task)
    debug_vm(h.kernel)
    madvise(h.kernel, h.task, START, 8 * PAGE, Madv.DONTNEED)
    debug_vm(h.kernel)
