import pytest

from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.errors import Errno, KernelError
from thpsh.mm.mman import Map
from thpsh.mm.mmap import MapRequest, mmap, munmap
from thpsh.mm.unmapped_area import (
    TASK_UNMAPPED_BASE,
    arch_pick_mmap_layout,
    get_unmapped_area,
    grows_up,
)
from thpsh.structs.page import TASK_SIZE

TOP = 0x7FFFF7FFE000  # where the vdso begins, one page below mmap_base


def anonymous(h, size, addr=0, prot=3):
    return mmap(h.kernel, h.task, MapRequest(addr, size, prot))


def bottom_up():
    h = host()
    h.kernel.sysctl.legacy_va_layout = 1
    arch_pick_mmap_layout(h.kernel, h.task.mm)
    return h


def test_the_base_lies_128_mib_below_the_end_without_randomisation():
    h = host()
    arch_pick_mmap_layout(h.kernel, h.task.mm)
    assert h.task.mm.mmap_base == TASK_SIZE - 128 * M == 0x7FFFF7FFF000
    assert not grows_up(h.task.mm)


def test_mappings_grow_down_from_the_top():
    h = host()
    assert anonymous(h, 4 * M, prot=1) == TOP - 4 * M
    assert anonymous(h, 1 * M) == TOP - 5 * M
    assert anonymous(h, 4 * K, prot=1) == TOP - 5 * M - 4 * K


def test_no_address_is_rounded_to_2_mib():
    # fault-align-none: 2 MiB and more are not aligned on 3.0.
    h = host()
    anonymous(h, 4 * K)
    assert anonymous(h, 8 * M) % (2 * M) != 0


def test_a_hole_that_munmap_makes_is_used_next():
    h = host()
    first = anonymous(h, 1 * M)
    anonymous(h, 1 * M, prot=1)
    munmap(h.kernel, h.task, first, 1 * M)
    assert anonymous(h, 1 * M) == first


def test_a_hole_too_small_is_passed_and_remembered():
    h = host()
    mm = h.task.mm
    first = anonymous(h, 1 * M)
    second = anonymous(h, 1 * M, prot=1)
    munmap(h.kernel, h.task, first, 1 * M)
    assert anonymous(h, 2 * M) == second - 2 * M
    assert mm.cached_hole_size == 1 * M - 4 * K  # seen below the vdso, when `first` was mapped
    assert anonymous(h, 512 * K) == first + 512 * K


def test_a_free_hint_is_taken_and_rounded_up():
    h = host()
    assert get_unmapped_area(h.kernel, h.task.mm, START + 1, 1 * M) == START + 4 * K


def test_a_hint_in_use_is_not_taken():
    h = host()
    anonymous(h, 1 * M, START)
    assert get_unmapped_area(h.kernel, h.task.mm, START, 1 * M) > TASK_SIZE // 2


@pytest.mark.parametrize(
    ("address", "length", "flags", "errno"),
    [
        (0, TASK_SIZE + 4 * K, 0, Errno.ENOMEM),
        (TASK_SIZE, 4 * K, Map.FIXED, Errno.ENOMEM),
        (START + 1, 4 * K, Map.FIXED, Errno.EINVAL),
    ],
)
def test_addresses_that_cannot_be(address, length, flags, errno):
    h = host()
    with pytest.raises(KernelError) as error:
        get_unmapped_area(h.kernel, h.task.mm, address, length, flags)
    assert error.value.errno is errno


def test_when_there_is_no_room_below_the_search_goes_up_from_a_third():
    h = host()
    mm = h.task.mm
    mm.mmap_base = mm.free_area_cache = 0x400000000000
    anonymous(h, 0x400000000000 - TASK_UNMAPPED_BASE, TASK_UNMAPPED_BASE, prot=0)
    low = anonymous(h, TASK_UNMAPPED_BASE - 16 * M, 16 * M, prot=0)
    assert low == 16 * M
    assert get_unmapped_area(h.kernel, mm, 0, 64 * M) == 0x400000000000
    assert mm.free_area_cache == mm.mmap_base


def test_the_legacy_layout_goes_up():
    h = bottom_up()
    assert grows_up(h.task.mm)
    first = anonymous(h, 1 * M)
    assert first == TASK_UNMAPPED_BASE == 0x2AAAAAAAA000 + 4 * K
    assert anonymous(h, 1 * M, prot=1) == first + 1 * M


def test_the_legacy_layout_returns_to_a_hole_between_mappings():
    h = bottom_up()
    anonymous(h, 1 * M, prot=1)
    second = anonymous(h, 1 * M)
    anonymous(h, 1 * M, prot=1)
    munmap(h.kernel, h.task, second, 1 * M)
    assert anonymous(h, 1 * M) == second


def test_the_legacy_layout_overlooks_the_lowest_hole():
    # The hole begins, for arch_unmap_area, at the end of the heap: below the base, so it is not noted.
    h = bottom_up()
    first = anonymous(h, 1 * M)
    anonymous(h, 1 * M, prot=1)
    munmap(h.kernel, h.task, first, 1 * M)
    assert anonymous(h, 1 * M) == first + 2 * M


def test_the_legacy_layout_ends_in_enomem():
    h = bottom_up()
    with pytest.raises(KernelError) as error:
        get_unmapped_area(h.kernel, h.task.mm, 0, TASK_SIZE - 16 * M)
    assert error.value.errno is Errno.ENOMEM


def test_a_program_started_under_legacy_va_layout_goes_up():
    h = host()
    h.kernel.sysctl.legacy_va_layout = 1
    task = start_process(h.machine, "old")
    assert mmap(h.kernel, task, MapRequest(0, 1 * M)) == TASK_UNMAPPED_BASE
