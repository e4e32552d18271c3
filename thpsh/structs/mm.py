"""Mm: one address space (struct mm_struct, linux/mm_types.h)."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned

if TYPE_CHECKING:
    from thpsh.structs.hugetlb import HugetlbPte
    from thpsh.structs.khugepaged import Look
    from thpsh.structs.ksm import KsmSlot
    from thpsh.structs.memcg import MemCgroup
    from thpsh.structs.page_table import PmdEntry
    from thpsh.structs.vma import Vma


@record(eq=False)
class Mm(Versioned):
    """One address space: its VMAs, page tables and accounts. All sizes are in pages unless they say otherwise."""

    number: int
    memcg: MemCgroup  # of its owner

    vmas: list[Vma] = field(default_factory=list)  # ascending
    starts: list[int] = field(default_factory=list)  # their start addresses, for bisection
    pmds: dict[int, PmdEntry] = field(default_factory=dict)  # address >> 21
    hugetlb: dict[int, HugetlbPte] = field(default_factory=dict)  # the same for mappings of hugetlbfs
    hugetlb_lost: dict[int, int] = field(default_factory=dict)  # slot -> head of the page that a memory error hit there
    deposits: list[int] = field(default_factory=list)  # frames of page tables behind huge PMDs, the next last
    pmd_pages: dict[int, int] = field(default_factory=dict)  # address >> 30 -> frame of the PMD page
    pud_pages: dict[int, int] = field(default_factory=dict)  # address >> 39 -> frame of the PUD page
    pgd_page: int = 0

    nr_ptes: int = 0  # page tables in place (VmPTE); deposited ones do not count
    anon_rss: int = 0
    file_rss: int = 0
    swap_ents: int = 0
    lost_anon: int = 0  # subtracted for pages of hugetlbfs that were lost, which had never been added (3.0)
    lost_file: int = 0
    lag_anon: int = 0  # of these, what a real kernel would not have added yet (mm/rss_stat.py)
    lag_file: int = 0
    lag_swap: int = 0  # swap entries that faults have emptied, but a real kernel would not have subtracted yet
    rss_events: int = 0  # faults since it last did
    total_vm: int = 0
    locked_vm: int = 0
    shared_vm: int = 0
    exec_vm: int = 0
    stack_vm: int = 0
    reserved_vm: int = 0
    hiwater_rss: int = 0
    stuck: dict[int, int] = field(default_factory=dict)  # slot -> entries without access in a VMA that allows it
    hiwater_vm: int = 0
    committed: int = 0  # accountable pages (VM_ACCOUNT)

    start_code: int = 0
    end_code: int = 0
    start_data: int = 0
    end_data: int = 0
    start_brk: int = 0  # bytes
    brk: int = 0
    start_stack: int = 0
    stack_limit: int = 8 << 20  # RLIMIT_STACK of its process, bytes
    arg_start: int = 0
    mmap_base: int = 0
    free_area_cache: int = 0  # where the last top-down search ended
    cached_hole_size: int = 0
    def_flags: int = 0

    khugepaged: bool = False  # MMF_VM_HUGEPAGE: registered
    slot_next: Mm | None = None  # neighbours in khugepaged's list
    slot_prev: Mm | None = None
    looks: dict[int, Look] = field(default_factory=dict)  # slot -> what khugepaged last found there
    mergeable: bool = False  # MMF_VM_MERGEABLE: on ksmd's list
    ksm_slots: dict[int, KsmSlot] = field(default_factory=dict)  # address >> 21 -> what ksmd knows of its pages
    users: int = 1  # mm_users: 0 means exiting
    guest_young: dict[int, int] = field(default_factory=dict)  # slot -> pages a secondary MMU used (notifier)

    def find(self, address: int) -> int:
        """The place in `vmas` of the first VMA that ends above the address (find_vma); len(vmas) if none."""
        place = bisect_right(self.starts, address) - 1
        if place >= 0 and self.vmas[place].end > address:
            return place
        return place + 1

    def find_vma(self, address: int) -> Vma | None:
        """The first VMA that ends above the address; it may begin above it, too."""
        place = self.find(address)
        return self.vmas[place] if place < len(self.vmas) else None

    def vma_at(self, address: int) -> Vma | None:
        """The VMA that contains the address."""
        vma = self.find_vma(address)
        return vma if vma is not None and vma.start <= address else None

    @property
    def rss(self) -> int:
        """Resident pages."""
        return self.anon_rss + self.file_rss

    @property
    def seen_file_rss(self) -> int:
        """Resident file pages as the kernel has counted them so far (get_mm_counter)."""
        return max(0, self.file_rss - self.lag_file)

    @property
    def seen_anon_rss(self) -> int:
        """Resident anonymous pages as the kernel has counted them so far."""
        return max(0, self.anon_rss - self.lag_anon)

    @property
    def seen_swap_ents(self) -> int:
        """Swap entries as the kernel has counted them so far."""
        return self.swap_ents + self.lag_swap

    @property
    def seen_rss(self) -> int:
        """Resident pages as the kernel has counted them so far (get_mm_rss)."""
        return self.seen_anon_rss + self.seen_file_rss
