"""What an administrator can turn: THP flags, the sysctls of memory management, the filter of injected errors."""

from __future__ import annotations

from thpsh.record import field, record
from thpsh.structs.versioned import Versioned


@record(eq=False)
class ThpFlags(Versioned):
    """The bits of transparent_hugepage_flags; `always` and `madvise` of a pair are never set together."""

    registered: bool = True  # the sysfs directory exists (CPU with PSE)
    enabled_always: bool = True
    enabled_madvise: bool = False
    defrag_always: bool = True
    defrag_madvise: bool = False
    khugepaged_defrag: bool = True
    debug_cow: bool = False

    @property
    def enabled(self) -> bool:
        """May khugepaged run (khugepaged_enabled)?"""
        return self.enabled_always or self.enabled_madvise

    def clear(self) -> None:
        """All bits off, as on a small machine or one without PSE."""
        self.enabled_always = self.enabled_madvise = False
        self.defrag_always = self.defrag_madvise = False
        self.khugepaged_defrag = self.debug_cow = False


@record(eq=False)
class Sysctl(Versioned):
    """/proc/sys/vm, with the defaults of 3.0 (kernel/sysctl.c)."""

    block_dump: int = 0
    dirty_background_bytes: int = 0
    dirty_background_ratio: int = 10
    dirty_bytes: int = 0
    dirty_expire_centisecs: int = 3000
    dirty_ratio: int = 20
    dirty_writeback_centisecs: int = 500
    drop_caches: int = 0
    extfrag_threshold: int = 500
    hugepages_treat_as_movable: int = 0
    hugetlb_shm_group: int = 0
    laptop_mode: int = 0
    legacy_va_layout: int = 0
    lowmem_reserve_ratio: list[int] = field(default_factory=lambda: [256, 256, 32])
    max_map_count: int = 65530
    memory_failure_early_kill: int = 0
    memory_failure_recovery: int = 1
    min_free_kbytes: int = 0
    min_slab_ratio: int = 5
    min_unmapped_ratio: int = 1
    mmap_min_addr: int = 4096
    nr_overcommit_hugepages: int = 0
    numa_zonelist_order: str = "default"
    oom_dump_tasks: int = 1
    oom_kill_allocating_task: int = 0
    overcommit_memory: int = 0
    overcommit_ratio: int = 50
    page_cluster: int = 3
    panic_on_oom: int = 0
    percpu_pagelist_fraction: int = 0
    scan_unevictable_pages: int = 0
    stat_interval: int = 1
    swappiness: int = 60
    vfs_cache_pressure: int = 100
    zone_reclaim_mode: int = 0


@record(eq=False)
class HwpoisonFilter(Versioned):
    """Which pages a memory error may hit: /sys/kernel/debug/hwpoison/corrupt-filter-* (mm/memory-failure.c)."""

    enable: int = 0
    dev_major: int = (1 << 32) - 1  # all ones: any device
    dev_minor: int = (1 << 32) - 1
    flags_mask: int = 0  # of /proc/kpageflags; none: any flags
    flags_value: int = 0
    memcg: int = 0  # inode number of the group's directory; none: any group
