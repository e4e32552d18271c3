"""The stories of the 21 commits of the merge window of 2.6.38."""

from __future__ import annotations

from typing import Final

from thpsh.releases.story import Story

_THP: Final = "/sys/kernel/mm/transparent_hugepage"

STORIES: Final = {
    "transparent-hugepage": Story(
        problem="Anonymous memory came in 4 KiB pages only. Who wanted 2 MiB pages had to reserve them in the "
        "hugetlbfs pool beforehand and to change the program.",
        mechanism="do_huge_pmd_anonymous_page maps 2 MiB by one PMD entry where an aligned range of the VMA has no "
        "page table yet. Fork shares it, a write copies it (do_huge_pmd_wp_page), and whoever does not "
        "understand huge PMDs calls split_huge_page, which cannot fail. Where no huge page can be had, "
        "small pages are taken as ever.",
        effect="Touching 8 MiB takes 4 faults instead of 2048. Touching one byte of each range uses 2 MiB for each.",
        look=(
            "slots app buf",
            "pagetable app buf",
            "cat /proc/app/smaps",
        ),
        files=(
            f"{_THP}/enabled",
            f"{_THP}/defrag",
            "/proc/meminfo",
        ),
        counters=(
            "thp_fault_alloc",
            "thp_fault_fallback",
            "thp_split",
        ),
    ),
    "split-anon-vma-tail-order": Story(
        problem="A split must find every mapping of a huge page, also the one that a fork is making at that moment.",
        mechanism="It writes a rule down: new VMAs go to the tail of the anon_vma's list, and the walk runs from "
        "head to tail. A child's PMD made before the parent's was frozen is met later in the same walk.",
        effect="None: the order had been so already, and now it must stay so.",
        look=("trace show rmap_walk",),
    ),
    "madv-hugepage": Story(
        problem="`enabled` could be set to madvise, but no program could ask for huge pages.",
        mechanism="madvise(14) sets VM_HUGEPAGE in hugepage_madvise. It is EINVAL for shared, I/O, PFN and hugetlb "
        "areas, and for an area that has the flag already.",
        effect="Under `madvise` memory advised before it is touched is huge, all other memory stays small.",
        look=(
            "madvise app buf 4M hugepage",
            "maps app",
        ),
        files=(f"{_THP}/enabled",),
    ),
    "memcg-huge-charge": Story(
        problem="Huge faults escaped the memory cgroup: a group of 3 MiB could use 4 MiB and its usage read 0.",
        mechanism="mem_cgroup_newpage_charge takes 512 pages at once. If there is no room for them the fault falls "
        "back to small pages; a copy-on-write that cannot be charged is out of memory.",
        effect="usage_in_bytes grows by 2097152 with a huge page; failcnt grows by one where it does not fit.",
        look=(
            "memcg",
            "cat /cgroup/memory.usage_in_bytes",
        ),
        files=(
            "/cgroup/memory.usage_in_bytes",
            "/cgroup/memory.failcnt",
            "/cgroup/memory.stat",
        ),
        counters=(
            "rss",
            "pgpgin",
        ),
    ),
    "thp-gauges": Story(
        problem="A huge page added 1 to nr_anon_pages: AnonPages showed 4 kB for 2 MiB, and a split followed by "
        "frees took it below the truth.",
        mechanism="page_add_new_anon_rmap counts huge pages by a gauge of their own; a split moves 1 there to 512 "
        "here.",
        effect="AnonHugePages shows 2048 kB for each; AnonPages includes them.",
        look=(
            "grep Anon /proc/meminfo",
            "grep nr_anon /proc/vmstat",
        ),
        files=(
            "/proc/meminfo",
            "/proc/vmstat",
        ),
        counters=(
            "AnonHugePages",
            "AnonPages",
            "nr_anon_transparent_hugepages",
        ),
    ),
    "khugepaged": Story(
        problem="Memory that had been touched in small pages stayed small for ever, also when huge pages became free.",
        mechanism="A kernel thread scans registered address spaces, 4096 pages every 10 s. collapse_huge_page "
        "copies the 512 pages of a range into a huge page if at most max_ptes_none are missing and none "
        "is shared or pinned.",
        effect="pages_collapsed grows by one for each; VmPTE falls; memory grows by the pages that were missing.",
        look=(
            "khugepaged",
            "wait_khugepaged 1",
        ),
        files=(
            f"{_THP}/khugepaged/pages_to_scan",
            f"{_THP}/khugepaged/scan_sleep_millisecs",
            f"{_THP}/khugepaged/max_ptes_none",
            f"{_THP}/khugepaged/pages_collapsed",
        ),
        counters=(
            "thp_collapse_alloc",
            "thp_collapse_alloc_failed",
        ),
    ),
    "mincore-huge": Story(
        problem="mincore split every huge page it looked at.",
        mechanism="mincore_huge_pmd answers 1 for each of the 512 pages and leaves the PMD alone.",
        effect="The answer is the same; AnonHugePages stays.",
        look=(
            "mincore app buf",
            "slots app buf",
        ),
        counters=("thp_split",),
    ),
    "mprotect-huge": Story(
        problem="mprotect split every huge page it met.",
        mechanism="change_huge_pmd changes the protection of a huge page that is covered whole; one covered in part "
        "is split.",
        effect="After mprotect of four whole huge pages AnonHugePages is 8192 kB, not 0.",
        look=(
            "mprotect app buf 4M r",
            "slots app buf",
        ),
        counters=(
            "AnonHugePages",
            "thp_split",
        ),
    ),
    "recommended-min-free": Story(
        problem="With the usual reserve, unmovable pages soon spread over all pageblocks and no huge page could "
        "be made.",
        mechanism="set_recommended_min_free_kbytes raises min_free_kbytes to 11 pageblocks for every populated "
        "zone, at most 5 % of memory, at boot and whenever THP is switched on. It never lowers it.",
        effect="1 GiB: 4066 becomes 45056. 8 GiB: 11495 becomes 67584. Two Reserve blocks in each large zone.",
        look=(
            "cat /proc/sys/vm/min_free_kbytes",
            "zones",
            "cat /proc/pagetypeinfo",
        ),
        files=(
            "/proc/sys/vm/min_free_kbytes",
            "/proc/zoneinfo",
            "/proc/pagetypeinfo",
        ),
    ),
    "direct-defrag-default": Story(
        problem="A fault got a huge page only if one happened to be free.",
        mechanism="The default of `defrag` becomes always: alloc_hugepage may wait for compaction and reclaim.",
        effect="On fragmented memory compact_stall and AnonHugePages grow instead of thp_fault_fallback, and "
        "faults take longer.",
        look=(
            f"cat {_THP}/defrag",
            "latency",
            "grep compact /proc/vmstat",
        ),
        files=(f"{_THP}/defrag",),
        counters=(
            "compact_stall",
            "compact_success",
            "compact_fail",
        ),
    ),
    "huge-vma-policy": Story(
        problem="Huge pages came from the node of the CPU or the task's policy; what mbind had said of the area "
        "was ignored.",
        mechanism="alloc_pages_vma is asked with the VMA and address. Builds with NUMA let khugepaged allocate "
        "inside the collapse, others go on with one page allocated ahead.",
        effect="An area bound to node 1 has its huge pages there; interleaving alternates by 2 MiB.",
        look=(
            "numastat",
            "cat /proc/app/numa_maps",
        ),
        files=(
            "/proc/app/numa_maps",
            "/sys/devices/system/node/node0/meminfo",
        ),
        counters=(
            "numa_hit",
            "interleave_hit",
        ),
    ),
    "khugepaged-alloc-before-write-lock": Story(
        problem="khugepaged allocated its page with mmap_sem held for writing. A file system in user space that "
        "faulted while it served the I/O of that very allocation waited for ever.",
        mechanism="The allocation comes under the read lock. Then the lock is dropped, taken for writing, and "
        "everything is checked again.",
        effect="Nothing in the state; the trace shows which lock is held around the allocation.",
        look=(
            "trace locks on",
            "trace show lock_acquire,mm_page_alloc",
            "trace lint",
        ),
    ),
    "default-mode-choice": Story(
        problem="A distribution could not build a kernel whose default is to give huge pages only to those who ask.",
        mechanism="TRANSPARENT_HUGEPAGE_ALWAYS and _MADVISE choose the flags that transparent_hugepage_flags starts "
        "with.",
        effect="A `--build thp=madvise` kernel boots with `always [madvise] never`.",
        look=(f"cat {_THP}/enabled",),
        files=(f"{_THP}/enabled",),
    ),
    "vma-adjust-splits": Story(
        problem="munmap of a part cuts a VMA in two steps. If the second step failed for lack of memory, the "
        "first stayed, and a huge PMD lay across the end of a VMA.",
        mechanism="vma_adjust_trans_huge splits a huge page at every new boundary that is not aligned, before it "
        "moves.",
        effect="After a munmap that failed half way AnonHugePages is 2048 kB instead of 4096 kB, and debug_vm is "
        "content.",
        look=(
            "inject vma_alloc 2",
            "maps app",
            "debug_vm",
        ),
        counters=("thp_split",),
    ),
    "pse-required": Story(
        problem="The directory and its knobs were there on CPUs that cannot map 2 MiB.",
        mechanism="has_transparent_hugepage asks for the CPU flag PSE; without it hugepage_init ends with EINVAL.",
        effect="With --no-pse there is no transparent_hugepage directory and every page is small.",
        look=("ls /sys/kernel/mm",),
    ),
    "secondary-young": Story(
        problem="khugepaged leaves ranges alone in which no page was used. Memory used only by a KVM guest, or "
        "through get_user_pages, looked unused and was never collapsed.",
        mechanism="Besides the young bit the page's referenced flag counts, and mmu_notifier_test_young asks "
        "secondary MMUs; gup_fast marks the pages it takes.",
        effect="A range used only by the guest is collapsed: pages_collapsed +1 instead of +0.",
        look=(
            "guest app buf",
            "khugepaged",
        ),
        files=(f"{_THP}/khugepaged/pages_collapsed",),
    ),
    "freezable-daemons": Story(
        problem="khugepaged and ksmd went on working while the host was being suspended.",
        mechanism="Both call set_freezable and try_to_freeze at safe points; khugepaged's idle wait can be frozen, "
        "too.",
        effect="After `freeze` pages_collapsed and full_scans stand still until `thaw`.",
        look=(
            "freeze",
            "khugepaged",
            "thaw",
        ),
        files=(
            f"{_THP}/khugepaged/full_scans",
            "/sys/kernel/mm/ksm/full_scans",
        ),
    ),
    "small-system-check": Story(
        problem="Small machines lost memory to huge pages and to the larger reserve.",
        mechanism="hugepage_init clears all flags when there are fewer than 512 MiB of pages. The text of the "
        "commit says 1 GB; the code that was merged compares with 512 MiB.",
        effect="256 MiB boots with `never`, defrag never, no khugepaged, min_free_kbytes 2031. It is only a default.",
        look=(
            f"cat {_THP}/enabled",
            "cat /proc/sys/vm/min_free_kbytes",
            "ps",
        ),
        files=(
            f"{_THP}/enabled",
            f"{_THP}/defrag",
            "/proc/sys/vm/min_free_kbytes",
        ),
    ),
    "lru-counts-base-pages": Story(
        problem="A huge page counted as one page in the sizes of the LRU lists: four of them were 16 kB of "
        "Active(anon), and reclaim, which scans a share of the size, hardly looked.",
        mechanism="add_page_to_lru_list adds hpage_nr_pages; a split keeps the sum.",
        effect="Active(anon) shows 8192 kB for four huge pages.",
        look=(
            "grep Active /proc/meminfo",
            "lru",
        ),
        files=(
            "/proc/meminfo",
            "/proc/vmstat",
        ),
        counters=(
            "nr_active_anon",
            "nr_inactive_anon",
        ),
    ),
    "madv-nohugepage": Story(
        problem="A program could ask for huge pages but not decline them.",
        mechanism="madvise(15) sets VM_NOHUGEPAGE and clears VM_HUGEPAGE, and the other way round. Repeating it is "
        "EINVAL.",
        effect="Such memory is faulted in small pages, and that counts as no fallback.",
        look=(
            "madvise app buf 4M nohugepage",
            "slots app buf",
        ),
        counters=("thp_fault_fallback",),
    ),
    "khugepaged-madvise-aware": Story(
        problem="Advice had a meaning for later faults only: khugepaged did not hear of memory advised after it "
        "was touched, and collapsed memory whose program had declined.",
        mechanism="hugepage_madvise registers the process at once (khugepaged_enter_vma_merge), and khugepaged "
        "passes over VM_NOHUGEPAGE areas. Under `madvise` the registration looks at the flags before the "
        "new one is stored and does nothing: a quirk that lasted until 3.17 (`--intended` keeps the "
        "promise).",
        effect="Under `always`, advice on touched memory makes khugepaged collapse it: pages_collapsed +2 for 4 MiB.",
        look=(
            "madvise app buf 4M hugepage",
            "khugepaged",
        ),
        files=(f"{_THP}/khugepaged/pages_collapsed",),
    ),
}
