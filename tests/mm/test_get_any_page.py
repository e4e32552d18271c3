"""A reference to a page, whatever it is."""

import pytest

from tests.mm.hugetlb.stage import map_huge, numbers, pool
from tests.mm.layout import placed
from tests.support import START, K, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import frame_at
from thpsh.mm.get_any_page import get_any_page
from thpsh.mm.memory_failure import Taken
from thpsh.mm.page_flags import poisoned
from thpsh.mm.page_kind import page_count
from thpsh.structs.page import MigrateType


def small():
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    return h


def test_who_has_a_reference_needs_no_other():
    h = small()
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    before = page_count(h.kernel, block.start_pfn + frame)
    assert get_any_page(h.kernel, block.start_pfn + frame, Taken.PAGE)
    assert page_count(h.kernel, block.start_pfn + frame) == before
    assert get_any_page(h.kernel, block.start_pfn + frame, Taken.NOTHING)
    assert page_count(h.kernel, block.start_pfn + frame) == before + 1
    debug_vm(h.kernel)


def test_a_free_page_is_flagged_at_once():
    h = host()
    first = h.kernel.zones[-1].area.virgin[0][0]
    assert not get_any_page(h.kernel, (first << 9) + 3, Taken.NOTHING)
    assert h.machine.dmesg.lines[-1][1] == f"get_any_page: {(first << 9) + 3:#x} free buddy page"
    assert poisoned(h.kernel.zones[-1].pageblocks[first]) == 1 << 3


def test_to_isolate_a_movable_pageblock_the_lists_of_all_cpus_are_emptied():
    h = small()
    zone = h.kernel.zones[-1]
    assert zone.pcp[0].count
    assert not get_any_page(h.kernel, zone.area.virgin[0][0] << 9, Taken.NOTHING)
    assert not zone.pcp[0].count


def test_a_page_of_a_cpus_list_looks_as_if_nobody_knew_it():
    h = small()
    zone = h.kernel.zones[-1]
    block, start, _ = next(run for held in zone.pcp[0].lists for run in held.runs)
    zone.types[block.index] = MigrateType.UNMOVABLE  # cannot be isolated, as page tables lie in it
    block.tables |= 1 << start + 1
    block.pcp &= ~(1 << start + 1)
    with pytest.raises(KernelError) as caught:
        get_any_page(h.kernel, block.start_pfn + start, Taken.NOTHING)
    assert caught.value.errno is Errno.EIO
    assert ": unknown zero refcount page type " in h.machine.dmesg.lines[-1][1]


def test_a_free_page_of_the_pool_leaves_it_and_its_pageblock_becomes_movable():
    h = pool(2)
    map_huge(h, 1)
    h.write(0, 4 * K)
    page = h.kernel.hugetlb.nodes[0].free[0]
    used = h.task.mm.hugetlb[START >> 21].page
    zone = page.block.zone
    assert not get_any_page(h.kernel, page.block.start_pfn + 5, Taken.NOTHING)
    assert numbers(h) == (2, 0, 0, 0)
    assert zone.migratetype(page.block.index) is MigrateType.MOVABLE
    assert get_any_page(h.kernel, used.block.start_pfn, Taken.NOTHING)
    assert (used.count, used.tails) == (2, {})
    assert zone.migratetype(used.block.index) is MigrateType.UNMOVABLE, "its head is in use and on no list"
