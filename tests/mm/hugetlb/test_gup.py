"""get_user_pages on pages of the pool."""

import pytest

from tests.mm.hugetlb.stage import PRIVATE, SHARED, child_of, map_huge, numbers, pool
from tests.support import START, K, M
from thpsh.errors import KernelError, KernelPanic
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.gup import pin
from thpsh.mm.hugetlb.gup import follow_hugetlb_page
from thpsh.mm.hugetlb.no_page import NoHugePage
from thpsh.mm.madvise import madvise
from thpsh.mm.memory.nonpresent import PoisonedPage
from thpsh.mm.mman import Madv, Map

SLOT = START >> 21


def take(h, offset, size, *, write=False):
    report = pin(h.kernel, h.task, START + offset, size, write=write)
    debug_vm(h.kernel)
    return report.pages


def page_at(h, slot=0):
    return h.task.mm.hugetlb[SLOT + slot].page


def test_a_range_counts_each_of_its_pages_and_the_heads_as_often():
    h = pool(2)
    map_huge(h, 2)
    h.write(0, 4 * M)
    assert take(h, 2 * M - 8 * K, 12 * K) == 3
    assert (page_at(h).count, page_at(h).tails) == (3, {510: 1, 511: 1})
    assert (page_at(h, 1).count, page_at(h, 1).tails) == (2, {})


def test_what_is_missing_is_faulted_in_and_nobody_counts_it():
    h = pool(2)
    map_huge(h, 2)
    faults = h.task.min_flt, h.event("pgfault")
    assert take(h, 0, 4 * M) == 1024
    assert (h.task.min_flt, h.event("pgfault")) == faults
    assert numbers(h) == (2, 0, 0, 0)


def test_a_page_that_is_there_is_marked_as_used():
    h = pool(1)
    map_huge(h, 1)
    h.write(0, 4 * K)
    block = page_at(h).block
    assert not block.referenced
    take(h, 12 * K, 4 * K)
    assert block.referenced == 1


def test_for_writing_a_shared_page_is_copied_first():
    h = pool(3)
    map_huge(h, 1)
    h.write(0, 4 * K)
    child_of(h)
    old = page_at(h)
    take(h, 0, 4 * K)
    assert page_at(h) is old
    take(h, 0, 4 * K, write=True)
    assert page_at(h) is not old
    assert (page_at(h).refs, old.refs) == (1, 1)


def test_it_comes_as_far_as_the_pool_has_pages():
    h = pool(1)
    map_huge(h, 2, PRIVATE | Map.NORESERVE)
    assert take(h, 0, 4 * M) == 512
    with pytest.raises(KernelError, match="EFAULT"):
        take(h, 2 * M, 4 * K)


def test_an_entry_that_a_memory_error_left_ends_it():
    h = pool(3)
    map_huge(h, 2, SHARED)
    h.write(0, 4 * M)
    madvise(h.kernel, h.task, START + 2 * M, 4 * K, Madv.HWPOISON)
    assert take(h, 0, 4 * M) == 512
    vma = h.task.mm.vma_at(START)
    with pytest.raises(PoisonedPage) as caught:
        follow_hugetlb_page(h.kernel, h.task, vma, START + 2 * M + 8 * K, START + 4 * M, write=False)
    assert caught.value.address == START + 2 * M + 8 * K


def test_the_address_is_that_of_the_first_page_wanted():
    h = pool(0)
    map_huge(h, 1, PRIVATE | Map.NORESERVE)
    vma = h.task.mm.vma_at(START)
    with pytest.raises(NoHugePage) as caught:
        follow_hugetlb_page(h.kernel, h.task, vma, START + 8 * K, START + 12 * K, write=False)
    assert caught.value.address == START + 8 * K


def test_taking_a_pinned_page_from_a_child_is_a_bug_of_the_kernel():
    h = pool(1)
    map_huge(h, 1)
    h.write(0, 4 * K)
    child_of(h)
    take(h, 0, 4 * K)
    with pytest.raises(KernelPanic):
        touch(h.kernel, h.task, START, 4 * K, TouchMode())
    assert "kernel BUG at mm/hugetlb.c:2400!" in [text for _, text in h.machine.dmesg.lines]
