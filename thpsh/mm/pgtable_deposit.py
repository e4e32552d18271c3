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
    """Take a deposited page table: the one put last, but if one was just taken, the oldest (get_pmd_huge_pte).

    The kernel's list is a ring; each new table is put behind the one that it replaces as the next to be taken.
    """
    return withdraw_several(kernel, mm, 1)[0]


def withdraw_several(kernel: Kernel, mm: Mm, count: int) -> list[int]:
    """Take deposited page tables one after the other."""
    kernel.own(mm)
    waiting = mm.deposits
    taken = [waiting.pop(), *waiting[: count - 1]]
    following = waiting[count - 1 : count]
    del waiting[:count]
    waiting += following
    return taken
