"""Swap entries: what a non-present PTE says (linux/swapops.h; asm/pgtable_64.h).

An entry is a type and an offset. Types up to 28 are swap devices; the last three say that a page is being migrated
or is poisoned, and their offset is its frame number.
"""

from __future__ import annotations

from typing import Final

MAX_SWAPFILES: Final = 29  # 1 << MAX_SWAPFILES_SHIFT, less migration and poison entries
SWP_HWPOISON: Final = 29
SWP_MIGRATION_READ: Final = 30
SWP_MIGRATION_WRITE: Final = 31

_TYPE_BITS: Final = 5


def swp_entry(kind: int, offset: int) -> int:
    """The entry of a type and an offset."""
    return offset << _TYPE_BITS | kind


def swp_type(entry: int) -> int:
    """Its type: the number of a swap device, or one of the special types."""
    return entry & (1 << _TYPE_BITS) - 1


def swp_offset(entry: int) -> int:
    """The slot on the device, or the frame number."""
    return entry >> _TYPE_BITS


def non_swap_entry(entry: int) -> bool:
    """Is it a migration or poison entry?"""
    return swp_type(entry) >= MAX_SWAPFILES
