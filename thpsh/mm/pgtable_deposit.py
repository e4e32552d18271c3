"""Page tables that wait behind huge PMDs for the day of a split (mm/huge_memory.c: prepare_pmd_huge_pte)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm


def deposit(kernel: Kernel, mm: Mm, pfn: int) -> None:
    """Keep a page table for the day the huge page is split (pgtable_trans_huge_deposit: prepare_pmd_huge_pte)."""
    kernel.own(mm)
    mm.deposits.append(pfn)


def withdraw(kernel: Kernel, mm: Mm) -> int:
    """Take a deposited page table: the one put last (get_pmd_huge_pte)."""
    kernel.own(mm)
    return mm.deposits.pop()
