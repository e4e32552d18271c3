"""References to pages of the pool."""

from tests.mm.hugetlb.stage import SHARED, map_huge, numbers, pool, unmap
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin, unpin
from thpsh.mm.hugetlb.refs import put_huge_page, set_page_dirty
from thpsh.mm.pins import get_page

SLOT = START >> 21


def used(flags=None):
    h = pool(2)
    map_huge(h, 1, *([] if flags is None else [flags]))
    h.write(0, 2 * M)
    return h, h.task.mm.hugetlb[SLOT].page


def test_a_reference_to_a_tail_counts_for_the_head_too():
    h, page = used()
    get_page(h.kernel, page.block, 0)
    get_page(h.kernel, page.block, 5)
    assert (page.count, page.refs, page.tails) == (3, 2, {5: 1})
    put_huge_page(h.kernel, page, 5)
    assert (page.count, page.tails) == (2, {})


def test_one_dropped_on_the_head_leaves_the_tail_with_it():
    h, page = used()
    get_page(h.kernel, page.block, 5)
    put_huge_page(h.kernel, page)
    assert (page.count, page.tails) == (1, {5: 1})
    debug_vm(h.kernel)


def test_a_pinned_page_outlives_its_mapping_and_then_goes_back():
    h, page = used()
    pin(h.kernel, h.task, START + 4 * K, 8 * K)
    unmap(h, 0, 1)
    assert (page.count, page.anon) == (2, True)
    assert numbers(h) == (2, 1, 0, 0)
    assert unpin(h.kernel, h.task) == 2
    debug_vm(h.kernel)
    assert (page.count, page.anon) == (0, False)
    assert numbers(h) == (2, 2, 0, 0)


def test_a_pinned_page_of_a_file_outlives_the_file():
    h, page = used(SHARED)
    cached = h.kernel.zones[-1].stat.nr_file_pages
    pin(h.kernel, h.task, START, 4 * K)
    set_page_dirty(h.kernel, page)
    unmap(h, 0, 1)
    assert (page.cached, page.uptodate, page.block.dirty) == (False, False, 0)
    assert h.kernel.zones[-1].stat.nr_file_pages == cached - 1
    assert numbers(h) == (2, 1, 0, 0)
    unpin(h.kernel, h.task)
    debug_vm(h.kernel)
    assert numbers(h) == (2, 2, 0, 0)
