"""Registration with khugepaged."""

import pytest

from tests.mm.layout import placed, vma
from tests.support import K, M, host
from thpsh.boot import start_process
from thpsh.mm.huge_memory.mm_slot import (
    collect_mm_slot,
    khugepaged_enter,
    khugepaged_enter_vma_merge,
    khugepaged_exit,
    register,
)
from thpsh.mm.rmap import anon_vma_prepare
from thpsh.structs.vma import Vm


def registered(count):
    h = host()
    mms = [h.task.mm, *(start_process(h.machine, f"p{number}").mm for number in range(count - 1))]
    for mm in mms:
        register(h.kernel, mm)
    return h, mms


def test_processes_wait_in_the_order_in_which_they_came():
    h, mms = registered(3)
    register(h.kernel, mms[0])  # a second time changes nothing
    assert list(h.kernel.khugepaged.mms) == mms


def test_only_the_first_wakes_the_thread():
    h, _ = registered(1)
    daemon = h.kernel.khugepaged
    assert daemon.woken
    daemon.woken = False
    register(h.kernel, start_process(h.machine, "next").mm)
    assert not daemon.woken


@pytest.mark.parametrize(
    ("mode", "flags", "enters"),
    [
        ("always", 0, True),
        ("always", Vm.NOHUGEPAGE, False),
        ("madvise", 0, False),
        ("madvise", Vm.HUGEPAGE, True),
        ("never", Vm.HUGEPAGE, False),
    ],
)
def test_who_registers(mode, flags, enters):
    h = placed(2 * M)
    h.enabled(mode)
    vma(h).flags |= flags
    khugepaged_enter(h.kernel, vma(h))
    assert h.task.mm.khugepaged is enters


def test_a_vma_that_grew_registers_after_its_first_fault_only():
    h = placed(4 * M)
    khugepaged_enter_vma_merge(h.kernel, vma(h))
    assert not h.task.mm.khugepaged
    anon_vma_prepare(h.kernel, vma(h))
    khugepaged_enter_vma_merge(h.kernel, vma(h))
    assert h.task.mm.khugepaged


def test_a_vma_without_room_for_a_huge_page_does_not():
    h = placed(2 * M - 4 * K)
    anon_vma_prepare(h.kernel, vma(h))
    khugepaged_enter_vma_merge(h.kernel, vma(h))
    assert not h.task.mm.khugepaged


def test_a_process_that_ends_leaves_the_list():
    h, (first, second, third) = registered(3)
    khugepaged_exit(h.kernel, second)
    assert h.kernel.khugepaged.mms == [first, third]
    khugepaged_exit(h.kernel, third)
    khugepaged_exit(h.kernel, first)
    assert (h.kernel.khugepaged.mms, h.kernel.khugepaged.nr_mms) == ([], 0)


def test_a_process_at_the_cursor_stays_until_the_thread_meets_it():
    h, (first, second, third) = registered(3)
    daemon = h.kernel.khugepaged
    daemon.cursor_mm, daemon.cursor_address = second, 0x400000
    second.users = 0
    khugepaged_exit(h.kernel, second)
    assert daemon.mms == [first, second, third]
    assert (daemon.cursor_mm, daemon.cursor_address) == (second, 0x400000)
    collect_mm_slot(h.kernel, second)
    assert daemon.mms == [first, third]


def test_only_a_dead_address_space_is_collected():
    h, mms = registered(2)
    collect_mm_slot(h.kernel, mms[0])
    assert h.kernel.khugepaged.mms == mms
