"""A fresh huge page from the allocator (mm/huge_memory.c: alloc_hugepage_vma; mm/page_alloc.c: check_new_page)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.bug import bad_page
from thpsh.mm.fault_inject import should_fail
from thpsh.mm.page_alloc import alloc_block
from thpsh.structs.page import HPAGE_ORDER

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mempolicy import Placement
    from thpsh.structs.pageblock import Pageblock

_CALLS: Final = ("prep_new_page", "get_page_from_freelist", "__alloc_pages_nodemask", "alloc_pages_vma")


def alloc_huge_block(kernel: Kernel, cpu: int, gfp: int, place: Placement | None, process: str) -> Pageblock | None:
    """A huge page on behalf of a process, or None; one that still looks charged is reported and passed over."""
    if kernel.tables.inject and should_fail(kernel, "page_alloc"):
        return None
    while True:
        found = alloc_block(kernel, cpu, HPAGE_ORDER, gfp, place)
        if found is None:
            return None
        block = found[0]
        if block.index not in block.zone.stale_used:
            return block
        kernel.own(block.zone)
        bad_page(kernel, (block, 1), block.zone.stale_used.pop(block.index), process, _CALLS)
