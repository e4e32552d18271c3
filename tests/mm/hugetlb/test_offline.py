"""Soft offline of pages of the pool."""

import pytest

from tests.mm.failing import soft_offline
from tests.mm.hugetlb.stage import SHARED, map_huge, numbers, pool, resize, unmap
from tests.support import START, K, M
from thpsh.errors import Errno, KernelPanic
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin, unpin
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.page_flags import poisoned
from thpsh.mm.soft_offline import soft_offline_page
from thpsh.structs.bits import FULL
from thpsh.structs.page import MigrateType

SLOT = START >> 21


def used(free=1, flags=None, **kinds):
    h = pool(1 + free, **kinds)
    map_huge(h, 1, *([] if flags is None else [flags]))
    h.write(0, 2 * M)
    return h, h.task.mm.hugetlb[SLOT].page


@pytest.mark.parametrize("flags", [None, SHARED])
def test_the_page_moves_and_is_never_used_again(flags):
    h, page = used(flags=flags)
    faults = h.task.min_flt
    assert soft_offline(h, page.block.start_pfn + 5) is None
    assert h.task.mm.hugetlb[SLOT].page is not page
    assert (poisoned(page.block), page.count) == (FULL, 1)
    assert h.kernel.totals.hwpoison_pages == 512
    assert numbers(h) == (2, 0, 0, 0)
    h.write(0, 2 * M)
    assert h.task.min_flt == faults
    unmap(h, 0, 1)
    assert numbers(h) == (2, 1, 0, 0)


def test_nothing_of_it_is_logged():
    h, page = used()
    lines = len(h.machine.dmesg.lines)
    assert soft_offline(h, page.block.start_pfn) is None
    assert soft_offline(h, page.block.start_pfn) is Errno.EBUSY
    assert len(h.machine.dmesg.lines) == lines


def test_a_free_page_just_leaves_and_its_pageblock_is_movable_then():
    h = pool(2)
    page = h.kernel.hugetlb.nodes[0].free[0]
    zone = page.block.zone
    assert zone.migratetype(page.block.index) is MigrateType.UNMOVABLE
    assert soft_offline(h, page.block.start_pfn + 1) is None
    assert h.machine.dmesg.lines[-1][1] == f"get_any_page: {page.block.start_pfn + 1:#x} free huge page"
    assert (numbers(h), poisoned(page.block), page.count) == ((2, 1, 0, 0), FULL, 1)
    assert zone.migratetype(page.block.index) is MigrateType.MOVABLE


def test_without_another_page_it_is_enomem():
    h, page = used(free=0)
    assert soft_offline(h, page.block.start_pfn) is Errno.ENOMEM
    assert (page.count, h.kernel.totals.hwpoison_pages) == (1, 0)


def test_a_pinned_page_is_eio():
    h, page = used()
    pin(h.kernel, h.task, START, 4 * K)
    assert soft_offline(h, page.block.start_pfn) is Errno.EIO
    unpin(h.kernel, h.task)
    assert soft_offline(h, page.block.start_pfn) is None


def test_a_promise_is_no_protection():
    h = pool(2)
    map_huge(h, 2)
    h.write(0, 2 * M)
    assert numbers(h) == (2, 1, 1, 0)
    assert soft_offline(h, h.task.mm.hugetlb[SLOT].page.block.start_pfn) is None
    assert numbers(h) == (2, 0, 1, 0)
    assert h.write(2 * M, 4 * K, caught=True).code == "BUS_ADRERR"


def test_madvise_loses_the_error_and_the_tail_keeps_the_reference():
    h, page = used(free=0)
    madvise(h.kernel, h.task, START + 12 * K, 4 * K, Madv.SOFT_OFFLINE)
    debug_vm(h.kernel)
    assert (page.count, page.tails) == (1, {3: 1})
    unmap(h, 0, 1)
    resize(h, 0)
    assert any(text.startswith("BUG: Bad page state") for _, text in h.machine.dmesg.lines)


def test_moving_to_a_surplus_page_ends_the_host():
    h, page = used(free=0, overcommit=1)
    with pytest.raises(KernelPanic):
        soft_offline_page(h.kernel, 0, page.block.start_pfn)
    lines = [text for _, text in h.machine.dmesg.lines]
    assert "BUG: unable to handle kernel NULL pointer dereference at 0000000000000048" in lines
    assert "IP: dequeue_hwpoisoned_huge_page" in lines
