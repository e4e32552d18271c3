"""How the kernel was built, and what the modelled operations cost."""

from __future__ import annotations

from typing import Final

from thpsh.record import record


@record(frozen=True)
class BuildConfig:
    """Kernel configuration, as far as it matters here (captures/config-memory.txt)."""

    numa: bool = True
    thp: str = "always"  # CONFIG_TRANSPARENT_HUGEPAGE_ALWAYS, _MADVISE, or off
    debug_vm: bool = False  # adds debug_cow
    memcg: bool = True
    highpte: bool = False  # page tables in high memory: only the trace shows it


@record(frozen=True)
class CostModel:
    """Nanoseconds of the modelled operations; derived from the timing table of the seed's core commit.

    A first touch costs its fault, the clearing of what it maps, the store and the walk after its TLB miss. From the
    table come fault, clear_page, byte_ps, store_ps, walk_line_ps and walk_overlap: doing the same reproduces it.
    """

    fault: int = 776
    clear_page: int = 1416
    copy_page: int = 1700
    page_table: int = 300  # allocate and link one page-table page
    pte: int = 12  # one PTE copied, changed or cleared
    vma: int = 400  # one VMA made, cut, merged or removed
    syscall: int = 200
    file_access: int = 1_500  # open, read or write, and close a pseudo-file
    huge_pmd: int = 150  # one huge PMD copied, changed or cleared
    split: int = 25_000  # one huge page split
    migrate_page: int = 2_500
    reclaim_page: int = 1_200
    scan_page: int = 60  # a page looked at by reclaim or compaction
    swap_io: int = 100_000  # one page to or from a swap device
    disk_io: int = 5_000_000
    collapse_scan: int = 4_000  # khugepaged looks at one range
    walk_line_ps: int = 2190  # picoseconds for one cache line of a page walk
    walk_overlap: int = 63  # percent of a walk that hides behind a store that waits for memory
    byte_ps: int = 141  # picoseconds per byte of a stream of stores
    store_ps: int = 52_900  # picoseconds of a store that waits for memory


PROFILES: Final = {"vmx-2010": CostModel()}
"""Machines by name: the one of the table is the default, too."""


@record(frozen=True)
class Paging:
    """What the CPU has to translate addresses with."""

    levels: int = 4  # of page tables
    tlb: tuple[int, int] = (64, 32)  # entries for pages of 4 KiB and of 2 MiB
