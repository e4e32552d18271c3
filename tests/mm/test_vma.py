import pytest

from tests.mm.layout import layout, place, placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.vma import (
    check_map_count,
    find_vma_prev,
    insert_vm_struct,
    mm_of,
    next_vma,
    place_of,
    prev_vma,
    set_bounds,
    vm_stat_account,
    vma_unlink,
)
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm, Vma


def test_neighbours_are_found_by_place():
    h = placed(1 * M)
    place(h, 4 * M, 1 * M)
    low, high = vma(h), vma(h, 4 * M)
    assert next_vma(low) is high
    assert prev_vma(high) is low
    assert h.task.mm.vmas[place_of(high)] is high
    assert find_vma_prev(h.task.mm, START + 2 * M) == (high, low)
    assert find_vma_prev(h.task.mm, START + 4 * M) == (high, low)


def test_the_last_vma_has_no_next_and_the_first_no_previous():
    mm = host().task.mm
    assert next_vma(mm.vmas[-1]) is None
    assert prev_vma(mm.vmas[0]) is None
    assert find_vma_prev(mm, mm.vmas[-1].end) == (None, mm.vmas[-1])


def test_a_vma_over_another_is_refused():
    h = placed(1 * M)
    with pytest.raises(KernelError) as error:
        insert_vm_struct(h.kernel, Vma(h.task.mm, START + 512 * K, START + 2 * M, Vm.DATA_DEFAULT, 0))
    assert error.value.errno is Errno.ENOMEM


def test_unlinking_takes_a_vma_off_the_list_and_off_its_file():
    h = host()
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False))
    new = Vma(h.task.mm, START, START + 4 * K, Vm.READ, 0, file)
    insert_vm_struct(h.kernel, new)
    assert new in file.mapping.maps
    vma_unlink(h.kernel, new)
    assert h.task.mm.vma_at(START) is None
    assert START not in h.task.mm.starts
    assert new not in file.mapping.maps


def test_moving_the_start_keeps_the_list_of_starts_right():
    h = placed(1 * M)
    found = vma(h)
    set_bounds(h.kernel, found, START + 4 * K, found.end, found.pgoff + 1)
    assert START + 4 * K in h.task.mm.starts
    assert START not in h.task.mm.starts
    assert layout(h) == [(4, 1020, "rw")]


@pytest.mark.parametrize(
    ("flags", "kind", "expected"),
    [
        (Vm.READ | Vm.EXEC, FileKind.REGULAR, (7, 7, 0, 0)),
        (Vm.READ | Vm.WRITE | Vm.EXEC, FileKind.REGULAR, (7, 0, 0, 0)),
        (Vm.READ, FileKind.DEVZERO, (7, 0, 0, 0)),
        (Vm.READ | Vm.EXEC, FileKind.SPECIAL, (0, 0, 0, 0)),
        (Vm.READ | Vm.GROWSDOWN, None, (0, 0, 7, 0)),
        (Vm.READ | Vm.RESERVED, None, (0, 0, 0, 7)),
        (Vm.READ, None, (0, 0, 0, 0)),
    ],
)
def test_pages_count_as_shared_executable_stack_or_reserved(flags, kind, expected):
    h = host()
    mm = h.task.mm
    before = (mm.shared_vm, mm.exec_vm, mm.stack_vm, mm.reserved_vm)
    file = None if kind is None else File("f", kind, "00:01", 5, AddressSpace(swap_backed=False))
    vm_stat_account(h.kernel, mm, flags, file, 7)
    after = (mm.shared_vm, mm.exec_vm, mm.stack_vm, mm.reserved_vm)
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == expected


def test_the_number_of_vmas_is_limited():
    h = host()
    h.kernel.sysctl.max_map_count = len(h.task.mm.vmas) + 1
    check_map_count(h.kernel, h.task.mm, 1)
    with pytest.raises(KernelError) as error:
        check_map_count(h.kernel, h.task.mm, 2)
    assert error.value.errno is Errno.ENOMEM


def test_a_kernel_thread_has_no_address_space():
    h = host()
    kswapd = next(task for task in h.kernel.tasks.values() if task.name == "kswapd0")
    with pytest.raises(KernelError) as error:
        mm_of(kswapd)
    assert error.value.errno is Errno.ESRCH
