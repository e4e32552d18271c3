"""Who maps a page of the pool, and whom of these the kernel finds."""

from tests.mm.hugetlb.stage import SHARED, child_of, map_huge, pool, unmap
from tests.support import START, M
from thpsh.mm.hugetlb.rmap import covering, file_of, mappings, reachable

SLOT = START >> 21


def used(flags=None, pages=3):
    h = pool(pages)
    map_huge(h, pages, *([] if flags is None else [flags]))
    h.write(0, pages * 2 * M)
    return h


def page_at(h, slot):
    return h.task.mm.hugetlb[SLOT + slot].page


def test_all_processes_that_map_a_page():
    h = used()
    child = child_of(h)
    found = mappings(h.kernel, page_at(h, 1))
    assert [(vma.mm, slot - SLOT) for vma, slot in found] == [(h.task.mm, 1), (child.mm, 1)]
    assert reachable(h.kernel, page_at(h, 1)) == found
    assert [address for _, address in covering(h.kernel, page_at(h, 1))] == [START + 2 * M] * 2


def test_a_page_of_a_file_knows_its_index():
    h = used(SHARED)
    mapping, index = file_of(h.kernel, page_at(h, 2))
    assert (mapping.hugetlb.pages[index], index) == (page_at(h, 2), 2)
    assert file_of(h.kernel, page_at(used(), 0)) is None


def test_a_mapping_that_begins_inside_the_file_is_not_found_by_a_small_index():
    h = used(SHARED)
    page = page_at(h, 2)
    assert [slot - SLOT for _, slot in reachable(h.kernel, page)] == [2]
    unmap(h, 0, 1)  # the mapping now covers the page offsets from 512 on, and the index is 2
    assert reachable(h.kernel, page) == []
    assert covering(h.kernel, page) == []


def test_a_mapping_that_covers_the_index_is_taken_for_a_user_of_the_page():
    h = used(SHARED)
    page = page_at(h, 2)
    unmap(h, 2 * M, 1)
    assert [address for _, address in covering(h.kernel, page)] == [None]
    assert reachable(h.kernel, page) == []
