"""Pages of the pool in place."""

import pytest

from tests.mm.hugetlb.stage import SHARED, child_of, map_huge, numbers, pool, unmap
from tests.mm.layout import R, vma
from tests.support import START, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.hugetlb.mapped import huge_slots
from thpsh.mm.madvise import madvise
from thpsh.mm.mincore import mincore
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Madv, Prot
from thpsh.mm.mmap import munmap
from thpsh.mm.mprotect import mprotect
from thpsh.mm.mremap import RemapRequest, mremap

SLOT = START >> 21


def touched(pages=4, flags=None):
    h = pool(pages + 1)
    map_huge(h, pages, *([] if flags is None else [flags]))
    h.write(0, pages * 2 * M)
    return h


def test_slots_are_found_in_order():
    h = touched()
    mm = h.task.mm
    assert huge_slots(mm, START + 2 * M, START + 6 * M) == [SLOT + 1, SLOT + 2]
    assert huge_slots(mm, 0, 1 << 47) == [SLOT, SLOT + 1, SLOT + 2, SLOT + 3]


def test_a_cut_through_a_page_is_refused():
    h = touched()
    for length in (4096, 2 * M + 4096):
        with pytest.raises(KernelError) as caught:
            munmap(h.kernel, h.task, START, length)
        assert caught.value.errno is Errno.EINVAL


def test_fork_shares_and_protects_private_pages_only():
    h = touched()
    child = child_of(h)
    assert not h.task.mm.hugetlb[SLOT].writable
    assert not child.mm.hugetlb[SLOT].writable
    assert h.task.mm.hugetlb[SLOT].page.mapcount == 2
    h = touched(flags=SHARED)
    assert child_of(h).mm.hugetlb[SLOT].writable


def test_unmapping_one_side_keeps_the_page():
    h = touched()
    child = child_of(h)
    unmap(h, 0, 4)
    assert numbers(h) == (5, 1, 0, 0)
    unmap(h, 0, 4, task=child)
    assert numbers(h) == (5, 5, 0, 0)


def test_protection_is_taken_and_comes_back_with_a_fault():
    h = touched()
    mprotect(h.kernel, h.task, START, 4 * M, R)
    mprotect(h.kernel, h.task, START, 4 * M, R | Prot.WRITE)
    debug_vm(h.kernel)
    assert not h.task.mm.hugetlb[SLOT].writable
    assert h.write(0, 4 * M).minor == 2
    h = touched(flags=SHARED)
    mprotect(h.kernel, h.task, START, 4 * M, R)
    assert not h.task.mm.hugetlb[SLOT].writable
    mprotect(h.kernel, h.task, START, 4 * M, R | Prot.WRITE)
    assert h.write(0, 4 * M).minor == 0


def test_mincore_sees_them():
    h = pool(3)
    map_huge(h, 3)
    h.write(2 * M, 4096)
    assert mincore(h.kernel, h.task, START, 6 * M).masks == {SLOT + 1: (1 << 512) - 1}


@pytest.mark.parametrize("advice", [Madv.HUGEPAGE, Madv.NOHUGEPAGE, Madv.DONTNEED])
def test_advice_for_ordinary_memory_is_refused(advice):
    h = touched()
    with pytest.raises(KernelError) as caught:
        madvise(h.kernel, h.task, START, 2 * M, advice)
    assert caught.value.errno is Errno.EINVAL


def test_they_cannot_be_moved():
    h = touched()
    with pytest.raises(KernelError) as caught:
        mremap(h.kernel, h.task, RemapRequest(START, 2 * M, 4 * M))
    assert caught.value.errno is Errno.EINVAL


def lost():
    """A host whose process has lost the second of two pages to a memory error."""
    h = touched(2)
    madvise(h.kernel, h.task, START + 2 * M, 4096, Madv.HWPOISON)
    debug_vm(h.kernel)
    return h, h.task.mm.hugetlb_lost[SLOT + 1]


def test_a_poison_entry_is_an_entry_for_mincore_and_goes_to_a_child():
    h, pfn = lost()
    assert mincore(h.kernel, h.task, START, 4 * M).masks == {SLOT: (1 << 512) - 1, SLOT + 1: (1 << 512) - 1}
    child = child_of(h)
    assert child.mm.hugetlb_lost == {SLOT + 1: pfn}
    assert (child.mm.lost_anon, h.task.mm.lost_anon) == (0, 1)
    mprotect(h.kernel, h.task, START, 4 * M, R)
    assert h.task.mm.hugetlb_lost == {SLOT + 1: pfn}


def test_a_poison_entry_goes_with_its_mapping():
    h, _ = lost()
    unmap(h, 0, 1)
    assert list(h.task.mm.hugetlb_lost) == [SLOT + 1]
    unmap(h, 2 * M, 1)
    assert h.task.mm.hugetlb_lost == {}
    map_huge(h, 1, offset=2 * M)
    assert h.write(2 * M, 4096).signal == ""


def test_what_was_written_shows_in_the_page_once_it_is_unmapped():
    h = pool(2)
    map_huge(h, 2)
    h.write(0, 4096)
    h.read(2 * M, 4096)
    written, read = (h.task.mm.hugetlb[SLOT + place].page.block for place in (0, 1))
    assert (written.dirty, read.dirty) == (0, 0)
    unmap(h, 0, 2)
    assert (written.dirty, read.dirty) == (1, 0)


def test_locking_faults_them_in_and_counts_nothing():
    h = pool(2)
    map_huge(h, 2)
    mlock(h.kernel, h.task, START, 4 * M)
    debug_vm(h.kernel)
    assert not vma(h).flags & 0x2000
