"""Changes of the era that are no commits of the seed but show in what it does (fact sheet §0)."""

from __future__ import annotations

from typing import Final

from thpsh.releases.change import Change

ERA: Final = (
    Change(
        id="smaps-huge",
        field="smaps_huge",
        date="2011-03-22",
        first="2.6.39-rc1",
        kind="S",
        summary="smaps counts huge pages (AnonHugePages) and no longer splits them",
        needs=(38,),
    ),
    Change(
        id="compaction-after-reclaim-async",
        field="compact_sync_after_reclaim",
        value=False,
        date="2011-03-22",
        first="2.6.39-rc1",
        kind="S",
        summary="the compaction after direct reclaim does not wait for pages under writeback",
    ),
    Change(
        id="numbers-by-kstrto",
        field="numbers_by_kstrto",
        date="2011-03-22",
        first="2.6.39-rc1",
        kind="S",
        summary="numbers in sysfs are read strictly; one too large is ERANGE",
    ),
    Change(
        id="compaction-after-reclaim-sync",
        field="compact_sync_after_reclaim",
        date="2011-05-24",
        first="3.0-rc1",
        kind="S",
        summary="the compaction after direct reclaim waits again",
    ),
    Change(
        id="vma-merge-singular",
        field="vma_merge_singular",
        date="2011-05-24",
        first="3.0-rc1",
        kind="S",
        summary="a touched and an untouched VMA merge only where the anon_vma chain has one link",
    ),
    Change(
        id="cgroup-procs-writable",
        field="cgroup_procs_writable",
        date="2011-05-26",
        first="3.0-rc1",
        kind="S",
        summary="cgroup.procs takes pids",
    ),
    Change(
        id="memcg-fault-stats",
        field="memcg_fault_stats",
        date="2011-05-26",
        first="3.0-rc1",
        kind="C",
        summary="memory.stat has pgfault and pgmajfault",
    ),
    Change(
        id="memcg-numa-stat",
        field="memcg_numa_stat",
        date="2011-05-26",
        first="3.0-rc1",
        kind="C",
        summary="memory.numa_stat",
    ),
    Change(
        id="numa-maps-misread",
        field="numa_maps_splits",
        value=False,
        date="2011-05-24",
        first="3.0-rc1",
        kind="S",
        summary="numa_maps no longer splits huge pages, and misreads them",
    ),
    Change(
        id="numa-maps-huge",
        field="numa_maps_huge",
        date="2011-07-25",
        first="3.1-rc1",
        kind="S",
        summary="numa_maps understands huge pages",
    ),
)
