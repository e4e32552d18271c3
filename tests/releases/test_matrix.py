"""What exists when: the version matrix of the fact sheet (kernel-3.0.md §0), seen on hosts that run these kernels."""

import re

import pytest

from tests.commands.typed import Typed, with_app
from thpsh.fs.vfs import Vfs
from thpsh.releases import CHANGES, find, known_releases
from thpsh.releases.release import parse

RELEASES = ("2.6.38", "2.6.39", "3.0", "3.1")
THP = "/sys/kernel/mm/transparent_hugepage"
NODE0, NODE1 = (f"/sys/devices/system/node/node{node}" for node in (0, 1))


def huge(kernel, **spec):
    """A host whose process has four huge pages."""
    host = Typed(kernel=kernel, **spec)
    host("spawn app; mmap app buf 8M; touch app buf")
    return host


def defrag_text(kernel):
    return with_app(kernel=kernel)(f"cat {THP}/khugepaged/defrag").strip()


def thp_lines(kernel):
    return with_app(kernel=kernel)("cat /proc/vmstat").count("\nthp_")


def meminfo_gauge(kernel):
    host = huge(kernel)
    return re.findall(r"AnonHugePages: +(\d+)", host("cat /proc/meminfo") + host(f"cat {NODE0}/meminfo"))


def smaps_gauge(kernel):
    return "AnonHugePages" in huge(kernel)("cat /proc/app/smaps")


def slots(host, region="buf"):
    return host(f"slots app {region}").split()[0]


def after_smaps(kernel):
    host = huge(kernel)
    host("cat /proc/app/smaps")
    return slots(host)


def numa_maps(kernel):
    host = huge(kernel)
    line = host("cat /proc/app/numa_maps | grep ^200000000000")
    return slots(host), "anon=2048" in line


def after_pagemap(kernel):
    host = huge(kernel)
    Vfs(host.session.machine).read_bytes("/proc/app/pagemap", 0x200000000000 >> 9, 8)
    return slots(host)


def after_clear_refs(kernel):
    host = huge(kernel)
    host("echo 1 > /proc/app/clear_refs")
    return slots(host)


def dev_zero_by_fault_and_khugepaged(kernel):
    host = Typed(kernel=kernel)
    host("spawn app; mmap app buf 4M --devzero; touch app buf")
    host(f"echo never > {THP}/enabled; mmap app old 2M --devzero; mmap app plain 2M; touch app old")
    host(f"echo always > {THP}/enabled; touch app plain 4K; tick 11s")
    return slots(host), slots(host, "old")


def faults_after_a_boundary_moved(kernel):
    host = Typed(kernel=kernel)
    host.session.after = None  # a kernel that lacks the fix has a huge page across the end of a VMA
    host("spawn app; mmap app buf 4M --devzero; touch app buf; mprotect app buf 1M none; mark")
    host.run("touch app buf+1536K 4K")
    return host.run("expect /proc/vmstat pgfault += 0")[0]


def other_node(kernel):
    host = Typed(kernel=kernel, memory=2 << 30, nodes=2, cpus=2, intended=True, drained=True)
    host("spawn app --node 1; mmap app buf 2M; madvise app buf 2M nohugepage; touch app buf; runon khugepaged 0")
    look = f"grep other_node {NODE1}/numastat"
    before = int(host(look).split()[-1])
    return int(host(f"madvise app buf 2M hugepage; tick 11s; {look}").split()[-1]) - before


def node_of_collapse(kernel):
    host = Typed(kernel=kernel, nodes=2, cpus=2, drained=True)
    host(f"echo never > {THP}/enabled; spawn app --node 1; mmap app buf 2M; mmap app other 2M; touch app buf")
    host(f"echo always > {THP}/enabled; runon khugepaged 0; touch app other 4K; tick 11s")
    return [host(f"grep AnonHuge {node}/meminfo").split()[-2] for node in (NODE0, NODE1)]


def charge_under_mmap_sem(kernel):
    host = Typed(kernel=kernel, drained=True)
    host(f"cgroup create box 64M; echo never > {THP}/enabled; spawn app; cgroup attach box app; mmap app buf 2M")
    host(f"mmap app other 2M; touch app buf; trace locks on; echo always > {THP}/enabled; touch app other 4K; tick 11s")
    return "charges /box" in host("trace lint")


def anon_vma_lock(kernel):
    found = huge(kernel)("trace locks on; munmap app buf+1M 1M; trace show lock_acquire")
    return re.search(r"anon_vma->root->(\w+)", found)[1]


def fault_stats(kernel):
    return "pgmajfault" in huge(kernel)("cat /cgroup/memory.stat")


def numa_stat(kernel):
    return huge(kernel).run("cat /cgroup/memory.numa_stat")[0] == 0


def compaction_after_reclaim_waits(kernel):
    """The first compaction of an allocation never waits; the one after its direct reclaim may."""
    host = Typed(kernel=kernel, memory=700 << 20)
    host("fragment 100; hog --file 700M; spawn app; mmap app buf 64M; touch app buf")
    return "sync=True" in host("trace show compact_stall")


def small_systems(kernel):
    return [Typed(kernel=kernel, memory=size << 20)(f"cat {THP}/enabled").strip() for size in (504, 600)]


def after_mremap(kernel):
    host = huge(kernel)
    host("mremap app buf 8M 8M --to there")
    return slots(host, "there")


def after_swapping(kernel):
    host = Typed(kernel=kernel, memory=512 << 20, swap=256 << 20)
    host("spawn app; mmap app buf 8M; touch app buf; hog 500M")
    return set(slots(host)) & set("H")


def read_fault(kernel):
    host = Typed(kernel=kernel)
    host("spawn app; mmap app buf 2M; touch app buf 4K --read")
    return slots(host)


MATRIX = {
    defrag_text: ("[yes] no", "1", "1", "1"),
    thp_lines: (0, 5, 5, 5),
    meminfo_gauge: (["8192", "8192"],) * 4,
    smaps_gauge: (False, True, True, True),
    after_smaps: ("FFFF", "HHHH", "HHHH", "HHHH"),
    numa_maps: (("FFFF", True), ("FFFF", True), ("HHHH", False), ("HHHH", True)),
    after_pagemap: ("FHHH",) * 4,
    after_clear_refs: ("FFFF",) * 4,
    dev_zero_by_fault_and_khugepaged: (("HH", "F"), ("HH", "H"), ("HH", "H"), ("HH", "H")),
    faults_after_a_boundary_moved: (1, 0, 0, 0),
    other_node: (1, 0, 0, 0),
    node_of_collapse: (["0", "4096"],) * 4,
    charge_under_mmap_sem: (True, True, False, False),
    anon_vma_lock: ("lock", "lock", "mutex", "mutex"),
    fault_stats: (False, False, True, True),
    numa_stat: (False, False, True, True),
    compaction_after_reclaim_waits: (True, False, True, True),
    after_mremap: ("FFFF",) * 4,
    after_swapping: (set(),) * 4,
    small_systems: (["always madvise [never]", "[always] madvise never"],) * 4,
    read_fault: ("H",) * 4,  # no huge zero page yet
}


@pytest.mark.parametrize("place", range(len(RELEASES)), ids=RELEASES)
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.__name__)
def test_a_host_does_what_its_release_did(row, place):
    assert row(RELEASES[place]) == MATRIX[row][place]


GROWTH = (
    # position, `enabled`, `defrag`, khugepaged/defrag, of a host of 8 GiB: (before, after) each change
    (38, None, ("[always] madvise never", "always madvise [never]", None)),
    (
        33,
        ("[always] madvise never", "always madvise [never]", None),
        ("[always] madvise never", "always madvise [never]", "[yes] no"),
    ),
    (
        29,
        ("[always] madvise never", "always madvise [never]", "[yes] no"),
        ("[always] madvise never", "[always] madvise never", "[yes] no"),
    ),
    (
        6,
        ("[always] madvise never", "[always] madvise never", "[yes] no"),
        ("[always] madvise never", "[always] madvise never", "1"),
    ),
)


def knobs(kernel, revert):
    """The texts of the directory, where it is; None for what is missing."""
    host = Typed(kernel=kernel, revert=revert)
    found = [host.run(f"cat {THP}/{name}") for name in ("enabled", "defrag", "khugepaged/defrag")]
    texts = tuple(text.strip() if status == 0 else None for status, text, _ in found)
    return texts if any(texts) else None


@pytest.mark.parametrize(
    ("number", "before", "after"), GROWTH, ids=lambda value: str(value) if isinstance(value, int) else ""
)
def test_the_directory_grew_as_the_fact_sheet_says(number, before, after):
    change = find(str(number))
    later = CHANGES[CHANGES.index(change) + 1 :]
    revert = tuple(each.name for each in later if each.first == change.first and not each.documents)
    assert knobs(change.first, (*revert, change.name)) == before
    assert knobs(change.first, revert) == after


@pytest.mark.parametrize("release", known_releases())
def test_every_release_that_changed_something_boots(release):
    host = with_app(kernel=release)
    assert host("touch app buf; uname -r").split()[-1] == parse(release).uname


def test_2_6_37_has_nothing_of_it():
    host = with_app(kernel="2.6.37")
    assert host("ls /sys/kernel/mm").split() == ["hugepages", "ksm"]
    assert "AnonHugePages" not in host("cat /proc/meminfo")
    assert "thp_" not in host("cat /proc/vmstat")
    assert "EINVAL" in host.fails("madvise app buf 2M hugepage")
    host("touch app buf 2M")
    assert slots(host) == "F......."
