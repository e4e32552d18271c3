"""The locks of a collapse, in the order of the kernel at hand (mm/huge_memory.c: collapse_huge_page).

khugepaged comes with mmap_sem held for reading and ends without it. In between it allocates and charges a page:
everything under mmap_sem for writing before commit 27, under mmap_sem for reading before commit 3, the charge without
it since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.locks import (
    LRU_LOCK,
    MMAP_SEM,
    PAGE_LOCK,
    acquire,
    anon_vma_lock,
    held,
    page_table_lock,
    release,
)
from thpsh.trace.events.lock import MemcgCharge, PteOffsetMap, PteUnmap, PteUse

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm

SITE: Final = "collapse_huge_page"


class CollapseLocks:
    """mmap_sem during one collapse, made only while locks are traced."""

    __slots__ = ("kernel", "mm", "mode")

    def __init__(self, kernel: Kernel, mm: Mm) -> None:
        self.kernel = kernel
        self.mm = mm
        self.mode = "read"

    def _become(self, mode: str) -> None:
        if self.mode != mode:
            owner = f"mm{self.mm.number}"
            if self.mode:
                release(self.kernel, MMAP_SEM, owner, SITE, self.mode)
            if mode:
                acquire(self.kernel, MMAP_SEM, owner, SITE, mode)
        self.mode = mode

    def before_alloc(self) -> None:
        """About to allocate: before commit 27 the lock for writing came first."""
        if not self.kernel.features.khugepaged_alloc_before_write_lock:
            self._become("write")

    def before_charge(self) -> None:
        """About to charge: since commit 3 not under mmap_sem."""
        if self.kernel.features.collapse_charge_unlocked and self.mode == "read":
            self._become("")
        self.kernel.trace.emit(MemcgCharge(self.mm.memcg.path, 512, SITE))

    def before_recheck(self) -> None:
        """About to look again, now alone."""
        self._become("write")

    def end(self) -> None:
        """Give back whatever is held."""
        self._become("")


def _unmaps_early(kernel: Kernel) -> bool:
    """Was the temporary mapping of the entries given up before they were copied? Until commit 17."""
    return not kernel.features.highpte_kept_mapped


def isolate_locks(kernel: Kernel, mm: Mm, address: int, *, failed: bool) -> None:
    """Announce the locks of taking the page table away and the pages off their lists (__collapse_huge_page_isolate)."""
    with anon_vma_lock(kernel, SITE):
        if kernel.build.highpte:
            kernel.trace.emit(PteOffsetMap(mm.number, address))
        with page_table_lock(kernel, mm, "pmdp_clear_flush_notify"):
            pass
        site = "__collapse_huge_page_isolate"
        with page_table_lock(kernel, mm, site):
            if kernel.build.highpte:
                kernel.trace.emit(PteUse(mm.number, address, site))
            with held(kernel, PAGE_LOCK, "", site, "try"), held(kernel, LRU_LOCK, "", "isolate_lru_page"):
                pass
        if failed or _unmaps_early(kernel):
            _unmap_ptes(kernel, mm, address)
        if failed:
            with page_table_lock(kernel, mm, "set_pmd_at"):
                pass


def copy_locks(kernel: Kernel, mm: Mm, address: int) -> None:
    """Announce the use of the old entries while their pages are copied (__collapse_huge_page_copy)."""
    if kernel.tables.lock_trace and kernel.build.highpte:
        kernel.trace.emit(PteUse(mm.number, address, "__collapse_huge_page_copy"))
        if not _unmaps_early(kernel):
            _unmap_ptes(kernel, mm, address)


def _unmap_ptes(kernel: Kernel, mm: Mm, address: int) -> None:
    """Give up the temporary mapping of the old entries."""
    if kernel.build.highpte:
        kernel.trace.emit(PteUnmap(mm.number, address))
