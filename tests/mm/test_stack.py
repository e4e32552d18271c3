import pytest

from tests.mm.layout import FIXED, NONE, layout, place, placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.gup import pin
from thpsh.mm.mman import Map
from thpsh.mm.mprotect import mprotect
from thpsh.mm.stack import check_stack_guard_page, expand_stack, guard_page
from thpsh.structs.page import STACK_TOP
from thpsh.structs.vma import Vm


def stack(h):
    return h.task.mm.vmas[-1]


def test_the_stack_grows_to_the_page_of_the_address():
    h = host()
    vma = stack(h)
    start, pgoff = vma.start, vma.pgoff
    size = h.task.mm.stack_vm
    assert expand_stack(h.kernel, vma, start - 3 * 4096 + 5)
    assert (vma.start, vma.pgoff) == (start - 3 * 4096, pgoff - 3)
    assert h.task.mm.stack_vm == size + 3
    debug_vm(h.kernel)


def test_the_stack_does_not_grow_beyond_8_mib():
    h = host()
    assert expand_stack(h.kernel, stack(h), STACK_TOP - 8 * M)
    assert not expand_stack(h.kernel, stack(h), STACK_TOP - 8 * M - 1)
    assert stack(h).start == STACK_TOP - 8 * M
    h.task.mm.stack_limit = 1 << 30
    assert expand_stack(h.kernel, stack(h), STACK_TOP - 16 * M)


def test_an_address_inside_needs_no_growth():
    h = host()
    start = stack(h).start
    assert expand_stack(h.kernel, stack(h), start)
    assert stack(h).start == start


def test_growth_registers_with_khugepaged_when_a_slot_fits():
    h = host()
    assert expand_stack(h.kernel, stack(h), STACK_TOP - 1 * M)
    assert not h.task.mm.khugepaged
    assert expand_stack(h.kernel, stack(h), STACK_TOP - 5 * M)
    assert h.task.mm.khugepaged


def test_growth_respects_overcommit():
    h = host()
    h.kernel.sysctl.overcommit_memory = 2
    h.kernel.sysctl.overcommit_ratio = 0
    assert not expand_stack(h.kernel, stack(h), STACK_TOP - 1 * M)


def test_a_locked_stack_grows_locked():
    h = host()
    vma = stack(h)
    vma.flags |= Vm.LOCKED
    h.task.mm.locked_vm = vma.nr_pages
    expand_stack(h.kernel, vma, vma.start - 8 * K)
    assert h.task.mm.locked_vm == vma.nr_pages


def test_the_lowest_page_is_the_guard():
    h = host()
    vma = stack(h)
    assert guard_page(vma, vma.start)
    assert guard_page(vma, vma.start + 100)
    assert not guard_page(vma, vma.start + 4096)
    assert not guard_page(h.task.mm.vmas[0], h.task.mm.vmas[0].start)


def test_a_cut_stack_has_one_guard():
    h = placed(1 * M, flags=FIXED | Map.GROWSDOWN)
    mprotect(h.kernel, h.task, START, 64 * K, 1)
    assert not guard_page(vma(h, 64 * K), START + 64 * K)
    assert guard_page(vma(h), START)


def test_a_fault_on_the_guard_grows_the_stack_by_one_page():
    h = host()
    start = stack(h).start
    touch(h.kernel, h.task, start, 1, TouchMode())
    assert stack(h).start == start - 4 * K
    touch(h.kernel, h.task, start + 4 * K, 1, TouchMode())
    assert stack(h).start == start - 4 * K
    debug_vm(h.kernel)


def test_a_mapping_just_below_forbids_the_guard_page():
    h = placed(1 * M, flags=FIXED | Map.GROWSDOWN)
    place(h, -1 * M, 1 * M, NONE)
    assert not check_stack_guard_page(h.kernel, vma(h), START)
    assert layout(h) == [(0, 1024, "rw")]


def test_a_fault_on_the_lowest_page_of_a_stack_without_room_for_the_guard_is_a_bus_error():
    # check_stack_guard_page: -ENOMEM becomes VM_FAULT_SIGBUS, for reads as well; the other pages can be used
    h = placed(1 * M, flags=FIXED | Map.GROWSDOWN)
    h.enabled("never")
    place(h, -1 * M, 1 * M, NONE)
    report = touch(h.kernel, h.task, START, 1, TouchMode(write=False, caught=True))
    assert (report.signal, report.code, report.at) == ("SIGBUS", "BUS_ADRERR", START)
    assert touch(h.kernel, h.task, START + 4 * K, 8 * K, TouchMode(caught=True)).minor == 2
    with pytest.raises(KernelError) as error:
        pin(h.kernel, h.task, START, 4 * K)
    assert error.value.errno is Errno.EFAULT
    debug_vm(h.kernel)


@pytest.mark.parametrize("random", [0, 1024])
def test_a_touch_of_whole_slots_grows_the_stack_too(random):
    h = placed(4 * M, flags=FIXED | Map.GROWSDOWN)
    h.enabled("never")
    touch(h.kernel, h.task, START, 4 * M, TouchMode(random=random))
    assert vma(h).start == START - 4 * K
    debug_vm(h.kernel)
