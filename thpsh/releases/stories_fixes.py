"""The stories of the 17 commits after the merge."""

from __future__ import annotations

from typing import Final

from thpsh.releases.story import Story

_THP: Final = "/sys/kernel/mm/transparent_hugepage"

STORIES: Final = {
    "highpte-kept-mapped": Story(
        problem="On 32-bit kernels page tables can lie in high memory and are mapped while they are used. A "
        "collapse gave that mapping back before its copy loop had finished with the table.",
        mechanism="pte_unmap comes after __collapse_huge_page_copy, and in the branch that fails.",
        effect="Nothing on 64 bits. With --highpte the trace shows the order, and trace lint names the use after "
        "unmap.",
        look=(
            "trace locks on",
            "trace lint",
        ),
    ),
    "memcg-used-head-only": Story(
        problem="The charge of a huge page marked 512 page_cgroups as Used, and its uncharge cleared one. The "
        "other 511 looked charged to a group that might be gone; freeing such a page is a bad page.",
        mechanism="Only the head is marked. A split copies group and flag to the tails (mem_cgroup_split_huge_fixup).",
        effect="A huge page has 1 Used bit, not 512; after its end 0 are left, not 511.",
        look=(
            "memcg",
            "dmesg",
        ),
        files=("/cgroup/memory.usage_in_bytes",),
    ),
    "hwpoison-tail": Story(
        problem="A memory error in the middle of a huge page was blamed on its first page: the wrong page was "
        "isolated, SIGBUS named the wrong address, and the bad page lost its mark in the split.",
        mechanism="memory_failure works on the page itself: the huge page is split, the split keeps a tail's poison "
        "flag, and only that page is unmapped.",
        effect="SIGBUS at the address that was lost; the other 511 pages go on working.",
        look=(
            "prctl app mce_kill early",
            "pagetable app buf",
            "dmesg",
        ),
        files=("/proc/meminfo",),
        counters=(
            "HardwareCorrupted",
            "thp_split",
        ),
    ),
    "collapse-failure-uncharges": Story(
        problem="If a collapse failed after its huge page was charged, the page was freed with the charge: 2 MiB "
        "stayed on the group for ever, and the log said Bad page state in process khugepaged.",
        mechanism="Every way out of collapse_huge_page after the charge calls mem_cgroup_uncharge_page.",
        effect="usage_in_bytes goes back to what it was; the group can be removed.",
        look=(
            "inject collapse_isolate 1",
            "memcg",
            "dmesg",
        ),
        files=(
            "/cgroup/memory.usage_in_bytes",
            "/cgroup/memory.failcnt",
        ),
    ),
    "exec-stack-excluded": Story(
        problem="exec copies its arguments to a temporary stack that reverse mapping leaves out on purpose. With "
        "megabytes of arguments khugepaged could put a huge page there; moving the stack then had to "
        "split it and could not find its mapping: BUG. Any user could do that.",
        mechanism="An area for which is_vma_temporary_stack holds gets no huge page from a fault and is passed over "
        "by khugepaged.",
        effect="pages_collapsed +0 instead of +1 and a panic.",
        look=(
            "inject exec_copy 1",
            "khugepaged",
            "dmesg",
        ),
        files=(f"{_THP}/khugepaged/pages_collapsed",),
    ),
    "policy-node-argument": Story(
        problem="alloc_pages_vma understood `local` as the node of the CPU it runs on, which for khugepaged is any.",
        mechanism="Callers pass the node. For now all pass the current one; the next two commits use it.",
        effect="Nothing in the state; the trace shows the argument.",
        look=("trace show alloc_pages_vma",),
    ),
    "cow-copies-keep-node": Story(
        problem="A write to a shared huge page that has to be copied in small pages took them from the node of "
        "the writer, though the memory had been placed elsewhere.",
        mechanism="do_huge_pmd_wp_page_fallback asks for the node of the page it copies.",
        effect="The 512 copies stay on the node of the original.",
        look=(
            "numastat",
            "cat /proc/app/numa_maps",
        ),
        files=("/proc/app/numa_maps",),
        counters=(
            "numa_hit",
            "numa_miss",
        ),
    ),
    "collapse-node-of-first-page": Story(
        problem="khugepaged moved memory to the node of the CPU it happened to run on.",
        mechanism="The huge page is asked for on the node of the range's first page; a policy of the VMA comes first.",
        effect="AnonHugePages grows on the node where the small pages were.",
        look=(
            "numastat",
            "khugepaged",
        ),
        files=("/sys/devices/system/node/node0/meminfo",),
        counters=("AnonHugePages",),
    ),
    "collapse-keeps-spare-page": Story(
        problem="After the fix before it a charge that failed freed the new page in every build. Without NUMA "
        "that page is khugepaged's spare, which it went on to use: BUG at include/linux/mm.h:370.",
        mechanism="Builds without NUMA keep the spare page for the next range.",
        effect="A full group costs a range and failcnt +1, not the host.",
        look=(
            "khugepaged",
            "memcg",
            "dmesg",
        ),
        files=("/cgroup/memory.failcnt",),
    ),
    "other-node-flag": Story(
        problem="khugepaged allocates for processes on other nodes. numastat counted that as other_node, as if a "
        "process had been given memory far away.",
        mechanism="__GFP_OTHER_NODE tells zone_statistics to compare with the preferred node. In 3.0 the flag lies "
        "above the bits that the allocator lets through, so it is cut off (a quirk; `--intended` keeps "
        "the promise).",
        effect="With --intended local_node grows where other_node did.",
        look=("numastat",),
        files=("/sys/devices/system/node/node0/numastat",),
        counters=(
            "local_node",
            "other_node",
        ),
    ),
    "thp-vm-events": Story(
        problem="Nobody could count how often huge pages were made, missed or split; there was only a gauge.",
        mechanism="Five events at the end of /proc/vmstat.",
        effect="thp_fault_alloc +1 for a huge fault, thp_fault_fallback +1 for one that had to take small pages, "
        "and so on.",
        look=(
            "grep thp_ /proc/vmstat",
            "vmstat",
        ),
        files=("/proc/vmstat",),
        counters=(
            "thp_fault_alloc",
            "thp_fault_fallback",
            "thp_collapse_alloc",
            "thp_collapse_alloc_failed",
            "thp_split",
        ),
    ),
    "boolean-attributes": Story(
        problem="khugepaged/defrag read `[yes] no`, unlike all other switches of sysfs.",
        mechanism="single_flag_show prints 0 or 1; single_flag_store reads a number and refuses anything above 1.",
        effect="`echo no` becomes EINVAL, `echo 0` works. The documentation said yes and no for a long time after.",
        look=(f"cat {_THP}/khugepaged/defrag",),
        files=(f"{_THP}/khugepaged/defrag",),
    ),
    "devzero-private": Story(
        problem="A private mapping of /dev/zero has a file but no vm_ops. Faults gave it huge pages; khugepaged "
        "and the split at a boundary that moves looked at the file and left it alone. mprotect in steps "
        "could end in a fault loop (bugzilla 33682).",
        mechanism="Only vm_ops decides, everywhere. The list of excluded flags became one constant, VM_NO_THP.",
        effect="mprotect of half a huge page works and splits it; khugepaged collapses such memory, too.",
        look=(
            "maps app",
            "slots app buf",
        ),
        counters=(
            "thp_split",
            "AnonHugePages",
        ),
    ),
    "anon-vma-mutex": Story(
        problem="anon_vma->lock was a spinlock, so nobody could sleep while walking the mappings of a page.",
        mechanism="It becomes a mutex at the same place of the lock order: mmap_sem, page lock, i_mmap_mutex, "
        "anon_vma mutex, page_table_lock, lru_lock.",
        effect="Nothing in the state; the trace shows the kind of lock.",
        look=(
            "trace locks on",
            "trace show lock_acquire",
        ),
    ),
    "collapse-charge-unlocked": Story(
        problem="khugepaged charged its page under mmap_sem. A charge that has to reclaim kept every mmap, munmap "
        "and fault behind them waiting.",
        mechanism="The read lock is given back before the charge; the write lock comes after it, and then all "
        "checks again.",
        effect="Nothing in the state; trace lint names the charge under the lock, and how long it was held.",
        look=(
            "trace locks on",
            "trace lint",
        ),
    ),
    "collapse-alloc-counted-once": Story(
        problem="Without NUMA the function that allocates khugepaged's page counted it, and its caller counted it "
        "again.",
        mechanism="The caller does not count any more.",
        effect="thp_collapse_alloc +1 for a page allocated ahead, not +2.",
        look=("grep thp_collapse /proc/vmstat",),
        files=("/proc/vmstat",),
        counters=(
            "thp_collapse_alloc",
            "thp_collapse_alloc_failed",
        ),
    ),
    "exit-single-unlock": Story(
        problem="__khugepaged_exit gave khugepaged_mm_lock back in three branches, each by itself.",
        mechanism="It gives the lock back once, right after it has decided.",
        effect="Nothing in the state; the trace shows the site of the unlock.",
        look=(
            "trace locks on",
            "trace show lock_release",
        ),
    ),
}
