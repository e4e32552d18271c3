"""The nameless file behind a mapping."""

from tests.mm.hugetlb.stage import PRIVATE, SHARED, map_huge, numbers, pool, unmap
from tests.mm.layout import RW, vma
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.hugetlb.file import NAME, hugetlb_close
from thpsh.mm.mman import Map
from thpsh.mm.mmap import MapRequest, mmap


def test_every_mapping_has_a_file_of_its_own():
    h = pool(4)
    map_huge(h, 1)
    map_huge(h, 1, offset=2 * M)
    assert (vma(h).file.name, vma(h).end - vma(h).start) == (NAME, 2 * M)
    assert vma(h).file is not vma(h, 2 * M).file


def test_sizes_are_rounded_up_and_places_are_aligned():
    h = pool(8)
    flags = PRIVATE & ~Map.FIXED
    start = mmap(h.kernel, h.task, MapRequest(START + 4 * K, 3 * M, RW, flags))
    assert (start, h.task.mm.vma_at(start).end) == (START + 2 * M, START + 6 * M)
    chosen = mmap(h.kernel, h.task, MapRequest(0, 2 * M, RW, flags))
    assert chosen % (2 * M) == 0
    debug_vm(h.kernel)


def test_a_locked_mapping_is_faulted_in_at_once():
    h = pool(2)
    map_huge(h, 2, PRIVATE | Map.LOCKED)
    assert (len(h.task.mm.hugetlb), h.task.mm.locked_vm) == (2, 0)


def test_the_pages_of_a_shared_file_go_with_its_last_mapping():
    h = pool(3)
    map_huge(h, 3, SHARED)
    h.write(0, 4 * M)
    unmap(h, 0, 1)
    assert numbers(h) == (3, 1, 1, 0)
    unmap(h, 2 * M, 2)
    assert numbers(h) == (3, 3, 0, 0)


def test_ordinary_mappings_have_nothing_to_close():
    h = pool(1)
    hugetlb_close(h.kernel, h.map(2 * M))
    assert numbers(h) == (1, 1, 0, 0)
