"""Huge PMDs in place: copied by fork, changed by mprotect, looked at by mincore (mm/huge_memory.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.pgtable import table_frames, upper_alloc
from thpsh.mm.pgtable_deposit import deposit
from thpsh.structs.bits import PAGES
from thpsh.structs.page_table import HugePmd

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma


def copy_huge_pmd(kernel: Kernel, task: Task, dst: Mm, src: Mm, slot: int) -> None:
    """Share a huge page with a child: both sides write-protected, the child's side old."""
    entry = src.pmds[slot]
    if not isinstance(entry, HugePmd):
        return
    upper_alloc(kernel, task, dst, slot)
    pgtable = table_frames(kernel, task, 1)[0]
    block = entry.block
    kernel.own(block)
    kernel.own(entry)
    block.huge_mapcount += 1
    entry.writable = False
    dst.anon_rss += PAGES
    dst.pmds[slot] = HugePmd(block, writable=False, dirty=entry.dirty, young=False, epoch=kernel.journal.epoch)
    deposit(kernel, dst, pgtable)
    kernel.clock.spend(kernel.cost.huge_pmd + kernel.cost.page_table)


def change_huge_pmd(kernel: Kernel, vma: Vma, slot: int) -> bool:
    """Give a huge PMD the protection of its VMA without splitting it; False where there is none.

    The page protection of a private mapping never allows writing: the next write takes a fault that finds out whether
    the page is shared.
    """
    entry = vma.mm.pmds.get(slot)
    if not isinstance(entry, HugePmd):
        return False
    kernel.own(entry)
    entry.writable = False
    kernel.clock.spend(kernel.cost.huge_pmd)
    return True


def huge_resident(vma: Vma, slot: int) -> bool:
    """Does a huge page back the whole slot (mincore_huge_pmd)?"""
    return isinstance(vma.mm.pmds.get(slot), HugePmd)
