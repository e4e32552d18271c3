"""How the kernel was built, and what the modelled operations cost."""

from __future__ import annotations

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

    A first touch costs its fault, the clearing of what it maps and the store; the table gives 0.785 µs for a fault and
    1.416 µs for clearing 4 KiB.
    """

    fault: int = 785
    clear_page: int = 1416
    copy_page: int = 1700
    page_table: int = 300  # allocate and link one page-table page
    pte: int = 12  # one PTE copied, changed or cleared
    vma: int = 400  # one VMA made, cut, merged or removed
    syscall: int = 200
    huge_pmd: int = 150  # one huge PMD copied, changed or cleared
    split: int = 25_000  # one huge page split
    migrate_page: int = 2_500
    reclaim_page: int = 1_200
    scan_page: int = 60  # a page looked at by reclaim or compaction
    swap_io: int = 100_000  # one page to or from a swap device
    disk_io: int = 5_000_000
    collapse_scan: int = 4_000  # khugepaged looks at one range
    walk_line: int = 5  # one cache line of a page walk
    byte_ps: int = 141  # picoseconds per byte stored
