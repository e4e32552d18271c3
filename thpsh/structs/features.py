"""KernelFeatures: the named behaviours by which releases differ; ``releases.py`` folds its table into one.

The defaults are those of 3.0. Each field is read in one function of ``mm`` or ``fs``. The comment after a field
names the seed commit that brought it; a field without a number belongs to one of the era's other changes.
"""

from __future__ import annotations

from thpsh.record import record


@record(frozen=True)
class KernelFeatures:
    """What the booted kernel has (True) or still lacks (False)."""

    # The feature itself and its growth during the merge (January 2011)
    transparent_hugepage: bool = True  # 38: huge faults, copy-on-write, fork, split, `enabled` and `defrag`
    split_anon_vma_tail_order: bool = True  # 37: documents that new VMAs go to the tail of the anon_vma list
    madv_hugepage: bool = True  # 36
    memcg_huge_charge: bool = True  # 35: huge faults are charged to the memcg
    thp_gauges: bool = True  # 34: nr_anon_transparent_hugepages, AnonHugePages
    khugepaged: bool = True  # 33
    mincore_huge: bool = True  # 32: mincore does not split
    mprotect_huge: bool = True  # 31: mprotect of a whole huge page does not split
    recommended_min_free: bool = True  # 30
    direct_defrag_default: bool = True  # 29: `defrag` boots as always, before as never
    huge_vma_policy: bool = True  # 28: huge pages follow the VMA's memory policy
    khugepaged_alloc_before_write_lock: bool = True  # 27: no allocation under mmap_sem held for writing
    default_mode_choice: bool = True  # 26: the build chooses always or madvise
    vma_adjust_splits: bool = True  # 25: a moving VMA boundary splits the huge page first
    pse_required: bool = True  # 24
    secondary_young: bool = True  # 23: page flag and secondary MMUs count as use; gup sets the flag
    freezable_daemons: bool = True  # 22
    small_system_check: bool = True  # 21: all flags cleared below 512 MiB
    lru_counts_base_pages: bool = True  # 20: a huge page is 512 in the LRU sizes, before 1
    madv_nohugepage: bool = True  # 19
    khugepaged_madvise_aware: bool = True  # 18: MADV_HUGEPAGE registers, VM_NOHUGEPAGE is skipped
    # The fixes up to 2.6.38
    highpte_kept_mapped: bool = True  # 17
    memcg_used_head_only: bool = True  # 16: Used bit on the head page only
    hwpoison_tail: bool = True  # 15: the poisoned sub-page is the victim, not the head
    collapse_failure_uncharges: bool = True  # 14
    exec_stack_excluded: bool = True  # 13
    policy_node_argument: bool = True  # 12: the local node is an argument of alloc_pages_vma
    cow_copies_keep_node: bool = True  # 11
    collapse_node_of_first_page: bool = True  # 10
    collapse_keeps_spare_page: bool = True  # 9: non-NUMA builds keep the spare page when the charge fails
    # 2.6.39
    other_node_flag: bool = True  # 8: __GFP_OTHER_NODE accounting
    thp_vm_events: bool = True  # 7: five thp_* lines in /proc/vmstat
    boolean_attributes: bool = True  # 6: 0/1 instead of [yes] no
    devzero_private: bool = True  # 5: private /dev/zero is anonymous for khugepaged and vma_adjust, too
    smaps_huge: bool = True  # smaps counts huge pages (AnonHugePages line) and does not split them
    numbers_by_kstrto: bool = True  # strict number parser of sysfs: one leading +, overflow is an error
    kswapd_balance_gap: bool = True  # kswapd passes over zones 1 % above their high mark, before at 8 times the mark
    kswapd_compacts: bool = False  # for high orders; 2.6.38 only
    # 3.0
    anon_vma_mutex: bool = True  # 4: anon_vma lock is a mutex, before a spinlock
    collapse_charge_unlocked: bool = True  # 3: the memcg charge of a collapse comes after mmap_sem is dropped
    collapse_alloc_counted_once: bool = True  # 2: non-NUMA builds
    cgroup_procs_writable: bool = (
        True  # a pid written to cgroup.procs moves its process; before, the file was only read
    )
    memcg_soft_limit_counted: bool = True  # direct reclaim, too, asks groups above soft limits first; kswapd counts it
    memcg_victim_node: bool = True  # reclaim for a group begins at the nodes where it has pages, in turn
    memcg_drain_hierarchy: bool = True  # a group at its limit has no stock drained but its own, on other CPUs
    memcg_shrink_swaps: bool = True  # lowering a limit swaps also where memory and memory+swap have the same
    memcg_victim_by_lru: bool = True  # reclaim passes over groups with nothing on their lists
    memcg_fault_stats: bool = True  # pgfault, pgmajfault in memory.stat
    memcg_numa_stat: bool = True  # memory.numa_stat
    vma_merge_singular: bool = True  # a touched and an untouched VMA merge only if the chain is singular
    compact_sync_after_reclaim: bool = True  # the compaction after direct reclaim is synchronous; 2.6.39: async
    compact_all_always: bool = True  # compaction on request passes over no zone; before, those below their low mark
    deactivate_page: bool = True  # pages that drop_caches has to leave are reclaimed next
    oom_badness_ptes: bool = True  # page tables count for the score, which is an int until 8 GiB are too many for it
    reclaim_distance_30: bool = True  # zone_reclaim_mode is 1 at boot where nodes are farther apart than 30, before 20
    numa_maps_splits: bool = False  # numa_maps split huge pages up to 2.6.39; 3.0 misreads them
    node_vmstat_all: bool = True  # vmstat of a node has all counters of zones, before two
    # 3.1
    memcg_drain_unified: bool = False  # stocks of the own CPU are drained, too; emptying a group drains only its own
    overcommit_without_shmem: bool = False  # shared memory does not count as page cache that a promise may rely on
    exit_single_unlock: bool = False  # 1: one unlock in __khugepaged_exit
    numa_maps_huge: bool = False  # numa_maps understands huge pages
