"""Entries of pages that are not present."""

from thpsh.structs.swap_entry import SWP_HWPOISON, SWP_MIGRATION_WRITE, non_swap_entry, swp_entry, swp_offset, swp_type


def test_an_entry_remembers_type_and_offset():
    entry = swp_entry(3, 0x12345)
    assert (swp_type(entry), swp_offset(entry)) == (3, 0x12345)
    assert not non_swap_entry(entry)


def test_pagemap_prints_type_and_offset_from_one_number():
    assert swp_entry(1, 1) == 0x21  # pte_to_pagemap_entry: type in the low five bits, offset above


def test_poison_and_migration_are_no_swap():
    assert non_swap_entry(swp_entry(SWP_HWPOISON, 5))
    assert non_swap_entry(swp_entry(SWP_MIGRATION_WRITE, 5))
