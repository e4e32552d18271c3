"""The stories of the era's other changes."""

from __future__ import annotations

from typing import Final

from thpsh.releases.story import Story

_THP: Final = "/sys/kernel/mm/transparent_hugepage"

STORIES: Final = {
    "smaps-huge": Story(
        problem="Reading /proc/PID/smaps split every huge page of the process: looking at them destroyed them.",
        mechanism="The page walker stops at huge PMDs for who understands them; smaps adds AnonHugePages.",
        effect="thp_split +0 instead of +1 for each huge page.",
        look=(
            "cat /proc/app/smaps",
            "slots app buf",
        ),
        files=("/proc/app/smaps",),
        counters=(
            "AnonHugePages",
            "thp_split",
        ),
    ),
    "compaction-after-reclaim-async": Story(
        problem="The second compaction of an allocation that had reclaimed waited for pages under writeback.",
        mechanism="__alloc_pages_slowpath passes sync_migration false there for huge pages.",
        effect="Shorter stalls and more fallbacks in 2.6.39.",
        look=("latency",),
        counters=("compact_stall",),
    ),
    "kswapd-balance-gap": Story(
        problem="Where one zone was short, kswapd emptied the zones below it, too: gigabytes of cache were lost to "
        "keep a small zone supplied.",
        mechanism="balance_pgdat leaves a zone alone that is above its high mark by its low mark or 1 % of its size.",
        effect="MemFree stays near the high marks; in 2.6.38 lower zones went up to 8 times theirs.",
        look=("zones",),
        files=("/proc/zoneinfo",),
        counters=("kswapd_steal",),
    ),
    "kswapd-compacts-no-more": Story(
        problem="kswapd compacted whole zones for each high order that it was woken for, and used up a CPU.",
        mechanism="balance_pgdat calls compact_zone_order no more; who needs the block compacts.",
        effect="compact_blocks_moved grows only with compact_stall, or when a file asks for it.",
        look=("compact",),
        counters=(
            "compact_blocks_moved",
            "compact_stall",
        ),
    ),
    "compact-all-always": Story(
        problem="`echo 1 > compact_memory` did nothing in a zone with little free memory: order -1 was a shift.",
        mechanism="compaction_suitable looks at the order first.",
        effect="compact_blocks_moved grows by all zones, however little is free.",
        look=("compact",),
        counters=("compact_blocks_moved",),
    ),
    "numbers-by-kstrto": Story(
        problem="strict_strtoul let a number that was too large wrap around in silence.",
        mechanism="kstrtoul notices the overflow and says ERANGE; it also allows one leading +.",
        effect="`echo 99999999999999999999` is refused instead of setting some other number.",
        look=(f"cat {_THP}/khugepaged/pages_to_scan",),
        files=(f"{_THP}/khugepaged/pages_to_scan",),
    ),
    "compaction-after-reclaim-sync": Story(
        problem="Without waiting, the compaction after reclaim often found nothing it could move.",
        mechanism="sync_migration is true again for the second look.",
        effect="Fewer fallbacks, longer stalls than in 2.6.39.",
        look=("latency",),
        counters=("compact_stall",),
    ),
    "vma-merge-singular": Story(
        problem="A new area beside one inherited by fork was merged with it and used the parent's anon_vma: trees "
        "grew, and everybody waited for their lock.",
        mechanism="is_mergeable_anon_vma lets a touched and an untouched VMA merge only where the chain has one link.",
        effect="After fork, areas that would have been one VMA stay two.",
        look=("maps app",),
    ),
    "cgroup-procs-writable": Story(
        problem="A program of many threads had to be moved to a group thread by thread, and new ones slipped away.",
        mechanism="cgroup_attach_proc moves all threads of a process at once; cgroup.procs is its file.",
        effect="`echo PID > cgroup.procs` works; before, the file could only be read.",
        look=("ls -l /cgroup",),
        files=("/cgroup/cgroup.procs",),
    ),
    "memcg-fault-stats": Story(
        problem="A group did not know how often its tasks faulted.",
        mechanism="mem_cgroup_count_vm_event counts faults of the task's group.",
        effect="pgfault and pgmajfault in memory.stat.",
        look=("cat /cgroup/memory.stat",),
        files=("/cgroup/memory.stat",),
        counters=(
            "pgfault",
            "pgmajfault",
        ),
    ),
    "memcg-numa-stat": Story(
        problem="A group did not know on which nodes its memory lies.",
        mechanism="memory.numa_stat sums the LRU lists of the group by node.",
        effect="A new file in every group.",
        look=("cat /cgroup/memory.numa_stat",),
        files=("/cgroup/memory.numa_stat",),
    ),
    "memcg-soft-limit-counted": Story(
        problem="Only kswapd cared for soft limits, and what it got from them did not end its round.",
        mechanism="shrink_zones and balance_pgdat add what mem_cgroup_soft_limit_reclaim freed and scanned.",
        effect="An allocation that reclaims takes pages of groups above their soft limits first.",
        look=("memcg",),
        files=("/cgroup/memory.soft_limit_in_bytes",),
    ),
    "memcg-victim-node": Story(
        problem="A group at its limit always lost the pages of the node where it ran.",
        mechanism="mem_cgroup_select_victim_node goes round the nodes on which the group has pages.",
        effect="What is reclaimed comes from all nodes of the group in turn.",
        look=("cat /cgroup/memory.numa_stat",),
        files=("/cgroup/memory.numa_stat",),
    ),
    "memcg-drain-hierarchy": Story(
        problem="Every group at its limit woke a worker on every CPU, over and over.",
        mechanism="drain_all_stock_async leaves out its own CPU, and stocks of groups outside the hierarchy.",
        effect="usage_in_bytes keeps up to 124 kB charged ahead on the CPU that reclaims.",
        look=("cat /cgroup/memory.usage_in_bytes",),
        files=("/cgroup/memory.usage_in_bytes",),
    ),
    "memcg-shrink-swaps": Story(
        problem="Where memory and memory+swap had the same limit, lowering it could fail with swap left.",
        mechanism="memsw_is_minimum no longer forbids swapping when a limit is being lowered.",
        effect="Writing a lower limit_in_bytes swaps instead of EBUSY.",
        look=("cat /cgroup/memory.limit_in_bytes",),
        files=("/cgroup/memory.limit_in_bytes",),
    ),
    "memcg-victim-by-lru": Story(
        problem="Reclaim went through groups of which nothing could be had, as long as they were charged for anything.",
        mechanism="mem_cgroup_reclaimable asks for pages on the lists, without swap only for those of files.",
        effect="Less is scanned in a hierarchy.",
        look=("trace show",),
    ),
    "memcg-drain-unified": Story(
        problem="A group at its limit could not have what its own CPU had in stock, and rmdir drained everybody's.",
        mechanism="drain_all_stock does both: all CPUs, but only stocks of the group and those below it.",
        effect="Up to 31 pages more are found before a huge page or a limit is refused.",
        look=("cat /cgroup/memory.usage_in_bytes",),
        files=("/cgroup/memory.usage_in_bytes",),
    ),
    "overcommit-without-shmem": Story(
        problem="What processes shared, or kept on a tmpfs, was taken for page cache: mmap and fork were promised "
        "memory that nobody could free, and somebody was killed for it.",
        mechanism="__vm_enough_memory takes nr_shmem from nr_file_pages, and the reserves from the sum.",
        effect="With much shared memory ENOMEM comes earlier under overcommit_memory 0.",
        look=("cat /proc/sys/vm/overcommit_memory",),
        files=("/proc/sys/vm/overcommit_memory",),
    ),
    "numa-maps-misread": Story(
        problem="numa_maps split huge pages like every walker.",
        mechanism="It uses a walker that does not split, and takes the content of a huge page for a page table.",
        effect="Huge pages survive the look, but their areas show nothing or nonsense, and data that looks like "
        "an entry is a Bad page map in the log. Merged pages are counted, and areas of hugetlbfs lose the word huge.",
        look=("cat /proc/app/numa_maps",),
        files=("/proc/app/numa_maps",),
    ),
    "node-vmstat": Story(
        problem="The vmstat of a node told of writeback only: nr_written and nr_dirtied.",
        mechanism="node_read_vmstat prints every counter that zones have.",
        effect="Free pages, LRU lists, slab and NUMA counters of each node can be read.",
        look=("cat /sys/devices/system/node/node0/vmstat",),
        files=("/sys/devices/system/node/node0/vmstat",),
    ),
    "deactivate-invalidated": Story(
        problem="Who said that pages of a file are no longer needed got rid of the clean ones only; dirty ones stayed "
        "where they were, active ones for long.",
        mechanism="deactivate_page: what invalidate_mapping_pages cannot drop, and nobody maps, becomes inactive, "
        "and the oldest of its list if it is clean.",
        effect="After drop_caches nr_active_file is lower by the dirty pages of files that are not mapped.",
        look=("cat /proc/vmstat",),
        files=("/proc/sys/vm/drop_caches",),
        counters=("pgdeactivate", "pgrotated"),
    ),
    "oom-badness-ptes": Story(
        problem="A process that mapped little memory in very many places held more page tables than pages, and the OOM "
        "killer did not see them.",
        mechanism="oom_badness adds nr_ptes, and does the sum in an int: 1000 times 2147484 pages are too many for it.",
        effect="Scores are higher by the page tables; from 8 GiB on they are wrong: the largest may have 1.",
        look=("cat /proc/app/oom_score",),
        files=("/proc/app/oom_score",),
    ),
    "reclaim-distance-30": Story(
        problem="Ordinary servers report distances of 21 and more between nodes, and threw page cache of the near node "
        "away while others had free memory.",
        mechanism="Zonelists switch zone_reclaim_mode on only where two nodes are more than 30 apart.",
        effect="On such a machine zone_reclaim_mode is 0, and free memory of other nodes is used first.",
        look=("cat /proc/sys/vm/zone_reclaim_mode",),
        files=("/proc/sys/vm/zone_reclaim_mode",),
        counters=("zone_reclaim_failed",),
    ),
    "numa-maps-huge": Story(
        problem="numa_maps misread huge pages.",
        mechanism="gather_pmd_stats counts a huge PMD as 512 pages of its node.",
        effect="anon= and N0= are right again; areas of hugetlbfs say huge again.",
        look=("cat /proc/app/numa_maps",),
        files=("/proc/app/numa_maps",),
    ),
}
