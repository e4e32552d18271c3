"""Faults on pages of the pool."""

from tests.mm.hugetlb.stage import PRIVATE, SHARED, child_of, map_huge, numbers, pool
from tests.mm.layout import vma
from tests.support import START, M
from thpsh.mm.hugetlb.fault import NoHugePage
from thpsh.mm.mman import Map

SLOT = START >> 21


def entry(h, slot=0, task=None):
    return (task or h.task).mm.hugetlb[SLOT + slot]


def test_one_fault_maps_2_mib_at_the_cost_of_clearing_them():
    h = pool(4)
    map_huge(h, 2)
    before = h.kernel.clock.moment
    report = h.write(0, 4096)
    assert (report.minor, numbers(h)) == (1, (4, 3, 1, 0))
    assert h.kernel.clock.moment - before > 512 * 1416
    assert (entry(h).writable, entry(h).dirty, entry(h).page.mapcount) == (True, True, 1)
    assert h.write(4096, 2 * M - 4096).minor == 0
    assert h.event("thp_fault_alloc") == 0


def test_resident_sizes_leave_them_out():
    h = pool(4)
    rss = h.task.mm.rss
    map_huge(h, 2)
    h.write(0, 4 * M)
    assert h.task.mm.rss == rss


def test_a_read_maps_a_page_that_the_next_write_reuses():
    h = pool(4)
    map_huge(h, 2)
    assert h.read(0, 4 * M).minor == 2
    assert not entry(h).writable
    free = numbers(h)[1]
    assert h.write(0, 4 * M).minor == 2
    assert (entry(h).writable, numbers(h)[1]) == (True, free)


def test_a_write_after_fork_copies():
    h = pool(4)
    map_huge(h, 1)
    h.write(0, 2 * M, value=7)
    child = child_of(h)
    page = entry(h).page
    assert h.write(0, 4096, task=child, value=9).minor == 1
    assert entry(h, task=child).page is not page
    assert entry(h, task=child).page.block.content(1) == 7
    assert (page.mapcount, entry(h).page) == (1, page)
    assert page.block.content(0) == 7
    free = numbers(h)[1]
    h.write(0, 4096)
    assert numbers(h)[1] == free  # alone again: no copy


def test_the_owner_takes_pages_from_its_children_when_the_pool_is_empty():
    h = pool(2)
    map_huge(h, 2)
    h.write(0, 4 * M)
    child = child_of(h)
    page = entry(h).page
    assert h.write(0, 2 * M).signal == ""
    assert (entry(h).page, entry(h).writable, page.mapcount) == (page, True, 1)
    assert (SLOT in child.mm.hugetlb, vma(h, task=child).reserve_lost) == (False, True)
    assert h.read(2 * M, 2 * M, task=child).signal == ""
    pid = child.pid
    report = h.read(0, 4096, task=child)
    assert (report.signal, report.code, report.at) == ("SIGBUS", "BUS_ADRERR", START)
    assert h.machine.dmesg.lines[-1][1] == f"PID {pid} killed due to inadequate hugepage pool"
    assert child.killed_by == "SIGBUS"


def test_shared_pages_are_the_same_for_all():
    h = pool(2)
    map_huge(h, 2, SHARED)
    child = child_of(h)
    h.write(0, 2 * M)
    assert h.write(0, 2 * M, task=child).minor == 1
    assert entry(h).page is entry(h, task=child).page
    assert entry(h).page.mapcount == 2


def test_an_empty_pool_ends_in_sigbus_and_surplus_helps():
    h = pool(0)
    map_huge(h, 2, PRIVATE | Map.NORESERVE)
    assert (h.write(0, 2 * M).signal, h.task.dead) == ("SIGBUS", True)
    h = pool(0, overcommit=1)
    map_huge(h, 2, PRIVATE | Map.NORESERVE)
    assert h.write(0, 2 * M).signal == ""
    assert numbers(h) == (1, 0, 0, 1)


def test_the_error_names_the_address():
    assert NoHugePage(0x200000).address == 0x200000


def test_they_stand_apart_from_ordinary_memory():
    h = pool(4)
    map_huge(h, 4)
    h.write(0, 8 * M)
    assert h.slots(8 * M) == "...."
    assert (h.event("thp_fault_alloc"), h.task.mm.khugepaged) == (0, False)
