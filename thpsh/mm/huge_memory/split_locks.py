"""The locks of a split, inside that of the anon_vma tree (mm/huge_memory.c: __split_huge_page).

The VMAs are met in the order of the anon_vma list. A new VMA goes to its tail (commit 37 writes the rule down): a child
that fork makes while the walk is under way copies a PMD that was not frozen yet, and is met later in the same walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.mm.locks import COMPOUND_LOCK, LRU_LOCK, MOVE_LOCK, held, page_table_lock
from thpsh.trace.events.lock import RmapWalk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.pageblock import Pageblock
    from thpsh.structs.vma import Vma


def walk_locks(kernel: Kernel, mappings: list[tuple[Vma, int]], site: str) -> None:
    """Announce a walk over all mappings, each under the page_table_lock of its address space."""
    if not kernel.tables.lock_trace:
        return
    for place, (vma, address) in enumerate(mappings, 1):
        with page_table_lock(kernel, vma.mm, site):
            kernel.trace.emit(RmapWalk(vma.mm.number, address, place, site))


def refcount_locks(kernel: Kernel, block: Pageblock) -> None:
    """Announce what protects the counts while the tails get theirs (__split_huge_page_refcount)."""
    if not kernel.tables.lock_trace:
        return
    site, zone = "__split_huge_page_refcount", block.zone
    with held(kernel, LRU_LOCK, f"node {zone.node} {zone.kind.label}", site), held(kernel, COMPOUND_LOCK, "", site):
        if kernel.features.memcg_used_head_only:
            with held(kernel, MOVE_LOCK, "", "mem_cgroup_split_huge_fixup"):
                pass
