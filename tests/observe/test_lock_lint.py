"""What the check of locks objects to."""

from thpsh.observe.lock_lint import LockLint
from thpsh.trace.bus import TraceBus
from thpsh.trace.clock import Clock
from thpsh.trace.events.kmem import MmPageAlloc
from thpsh.trace.events.lock import LockAcquire, LockRelease, MemcgCharge, PteOffsetMap, PteUnmap, PteUse

READ = ("mmap_sem", "mm3", "read", "khugepaged_scan_mm_slot")
WRITE = ("mmap_sem", "mm3", "write", "collapse_huge_page")
HUGE = MmPageAlloc(0, "Normal", 9, 1, "Movable", 512, 0)


def lint(*events):
    bus = TraceBus(Clock())
    return LockLint().read([bus.emit(event) for event in events])


def said(*events):
    return [(each.number, each.text) for each in lint(*events).findings]


def test_the_order_of_the_kernel():
    table = ("page_table_lock", "mm3", "", "a")
    anon = ("anon_vma->root->mutex", "", "", "b")
    assert said(LockAcquire(*anon), LockAcquire(*table)) == []
    assert said(LockAcquire(*table), LockAcquire(*anon)) == [
        (1, "b takes anon_vma->root->mutex while page_table_lock is held: wrong order")
    ]
    assert said(LockAcquire(*table), LockAcquire("page lock", "", "try", "c")) == []


def test_a_lock_that_nobody_holds():
    assert said(LockRelease(*READ)) == [(0, "khugepaged_scan_mm_slot gives back mmap_sem mm3, which nobody holds")]
    assert said(LockAcquire(*READ), LockRelease(*READ)) == []


def test_a_huge_page_may_not_be_allocated_under_the_write_lock_of_khugepaged():
    assert said(LockAcquire(*READ), HUGE) == []
    assert said(LockAcquire("mmap_sem", "mm3", "write", "sys_brk"), HUGE) == []
    assert said(LockAcquire(*WRITE), HUGE) == [
        (1, "collapse_huge_page allocates order 9, which may do I/O, under mmap_sem for write")
    ]


def test_nor_charged_under_any():
    charge = MemcgCharge("/box", 512, "collapse_huge_page")
    assert said(charge) == []
    assert said(LockAcquire(*READ), charge) == [
        (1, "collapse_huge_page charges /box, which may reclaim, under mmap_sem for read")
    ]


def test_entries_are_read_only_while_they_are_mapped():
    mapped, used, gone = PteOffsetMap(3, 0), PteUse(3, 0, "copy"), PteUnmap(3, 0)
    assert said(mapped, used, gone) == []
    assert said(mapped, gone, used) == [(2, "copy reads page-table entries after their unmap")]


def test_how_long_khugepaged_held_mmap_sem():
    bus = TraceBus(Clock())
    records = [bus.emit(LockAcquire(*WRITE))]
    bus.clock.spend(1500)
    records.append(bus.emit(LockRelease(*WRITE)))
    assert LockLint().read(records).longest == 1500


def test_of_a_buffer_that_lost_its_oldest_events_no_release_is_called_wrong():
    bus = TraceBus(Clock())
    assert LockLint(complete=False).read([bus.emit(LockRelease(*READ))]).findings == []
