"""VMAs: offsets and flags (linux/mm.h, 3.0)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm, Vma

START, END = 0x40_0000, 0x40_4000


def vma(flags=0, file=None, pgoff=100):
    return Vma(None, START, END, flags, pgoff, file)


def test_a_page_has_the_offset_of_its_place_in_the_file():
    assert vma().nr_pages == 4
    assert [vma().linear_page_index(START + byte) for byte in (0, 4095, 4096, 0x3FFF)] == [100, 100, 101, 103]


def test_offsets_outside_are_mapped_nowhere():
    assert [vma().address_of(index) for index in (99, 100, 103, 104)] == [None, START, START + 0x3000, None]


@given(st.integers(0, 3), st.integers(0, 1 << 40))
def test_address_and_offset_lead_back(page, pgoff):
    found = vma(pgoff=pgoff)
    address = START + page * 4096
    assert found.address_of(found.linear_page_index(address)) == address


@pytest.mark.parametrize("flag", [Vm.SHARED, Vm.PFNMAP, Vm.MIXEDMAP, Vm.HUGETLB, Vm.IO, Vm.RESERVED, Vm.SAO])
def test_madv_hugepage_is_refused_for(flag):
    assert flag & Vm.NO_THP


@pytest.mark.parametrize("flag", [Vm.LOCKED, Vm.GROWSDOWN, Vm.ACCOUNT, Vm.NORESERVE, Vm.MERGEABLE, Vm.DATA_DEFAULT])
def test_madv_hugepage_does_not_mind(flag):
    assert not flag & Vm.NO_THP


def test_no_two_flags_share_a_bit():
    single = [value for value in vars(Vm).values() if isinstance(value, int) and value.bit_count() == 1]
    assert len(set(single)) == len(single)


def test_dev_zero_gives_a_file_without_ops():
    zero = File("/dev/zero", FileKind.DEVZERO, "00:05", 1, AddressSpace(swap_backed=False))
    disk = File("/f", FileKind.REGULAR, "08:01", 2, AddressSpace(swap_backed=False))
    assert [vma(file=file).has_ops for file in (None, zero, disk)] == [False, False, True]


def test_shared_is_what_was_mapped_shared():
    # MAYSHARE alone: a read-only file mapped MAP_SHARED through a read-only descriptor
    assert vma(Vm.SHARED | Vm.MAYSHARE).shared
    assert not vma(Vm.MAYSHARE).shared
