"""Moving a page of the pool to another."""

import pytest

from tests.mm.hugetlb.stage import SHARED, child_of, map_huge, numbers, pool
from tests.support import START, K
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin
from thpsh.mm.hugetlb.migrate import NoTarget, migrate_huge_page
from thpsh.mm.hugetlb.refs import put_huge_page
from thpsh.mm.pins import get_page

SLOT = START >> 21


def used(flags=None, free=1, **kinds):
    """A host whose process has a page, to which somebody has taken a reference."""
    h = pool(1 + free, **kinds)
    map_huge(h, 1, *([] if flags is None else [flags]))
    h.write(0, 8 * K, value=7)
    page = h.task.mm.hugetlb[SLOT].page
    get_page(h.kernel, page.block, 0)
    return h, page


def test_all_entries_lead_to_the_new_page_old_and_clean():
    h, page = used()
    child = child_of(h)
    assert migrate_huge_page(h.kernel, 0, page)
    debug_vm(h.kernel)
    entries = [task.mm.hugetlb[SLOT] for task in (h.task, child)]
    assert entries[0].page is entries[1].page is not page
    assert [(entry.young, entry.dirty, entry.writable) for entry in entries] == [(False, False, False)] * 2
    new = entries[0].page
    assert (new.mapcount, new.anon, new.uptodate, new.block.dirty) == (2, True, True, 1)
    assert (new.block.content(1), new.block.content(2)) == (7, 0)
    assert (page.count, page.anon, page.block.dirty) == (0, False, 0)
    assert numbers(h) == (2, 1, 0, 0)


def test_a_page_of_a_file_is_replaced_there():
    h, page = used(SHARED)
    assert migrate_huge_page(h.kernel, 0, page)
    debug_vm(h.kernel)
    inode = h.task.mm.vma_at(START).file.mapping.hugetlb
    assert inode.pages == {0: h.task.mm.hugetlb[SLOT].page}
    assert (inode.pages[0].cached, page.cached) == (True, False)


def test_a_pin_keeps_it_where_it_is_and_the_target_goes_back_each_time():
    h, page = used(free=0, overcommit=1)
    pin(h.kernel, h.task, START, 4 * K)
    assert not migrate_huge_page(h.kernel, 0, page)
    assert h.event("htlb_buddy_alloc_success") == 1 + 10
    put_huge_page(h.kernel, page)
    debug_vm(h.kernel)
    assert h.task.mm.hugetlb[SLOT].page is page
    assert not h.task.mm.hugetlb[SLOT].young
    assert numbers(h) == (1, 0, 0, 0)


def test_without_a_free_page_and_surplus_there_is_no_target():
    h, page = used(free=0)
    with pytest.raises(NoTarget):
        migrate_huge_page(h.kernel, 0, page)
    assert h.task.mm.hugetlb[SLOT].page is page
