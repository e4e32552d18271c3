"""Files as memory management sees them."""

import pytest

from thpsh.structs.page_cache import AddressSpace, File, FileKind


@pytest.mark.parametrize("kind", [FileKind.REGULAR, FileKind.SHMEM, FileKind.SPECIAL, FileKind.HUGETLB])
def test_mappings_of_files_have_vm_ops(kind):
    assert File("f", kind, "00:00", 1, AddressSpace(swap_backed=False)).has_ops


def test_a_private_mapping_of_dev_zero_has_none():
    # mmap_zero leaves a private mapping anonymous but for its vm_file.
    assert not File("/dev/zero", FileKind.DEVZERO, "00:05", 1, AddressSpace(swap_backed=False)).has_ops


def test_a_new_cache_is_empty_and_its_own():
    first, second = AddressSpace(swap_backed=True), AddressSpace(swap_backed=True)
    first.slots[0] = None
    assert (second.slots, second.nr_pages, second.maps) == ({}, 0, {})
