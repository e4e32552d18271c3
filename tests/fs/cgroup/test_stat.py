"""Twin of thpsh/fs/cgroup/stat.py. Names and order from extra/listings.txt, figures from memcg-usage-huge."""

import pytest

from tests.mm.groups import group, in_group
from tests.support import K, host
from thpsh.errors import Errno, KernelError
from thpsh.fs.cgroup.stat import hierarchical_limits
from thpsh.fs.vfs import Vfs
from thpsh.mm.pagevec import lru_add_drain_all

NAMES = (
    "cache", "rss", "mapped_file", "pgpgin", "pgpgout", "swap", "pgfault", "pgmajfault",
    "inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable",
)  # fmt: skip


def stat(files: Vfs, path: str) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in files.read(path).splitlines())}


def test_the_lines_come_in_the_order_of_the_kernel() -> None:
    h, _ = in_group()
    lines = Vfs(h.machine).read("/cgroup/g/memory.stat").splitlines()
    limits = ["hierarchical_memory_limit", "hierarchical_memsw_limit"]
    assert [line.split()[0] for line in lines] == [*NAMES, *limits, *(f"total_{name}" for name in NAMES)]
    assert "hierarchical_memory_limit 9223372036854775807" in lines


def test_fresh_pages_wait_in_the_caches_before_a_list_shows_them() -> None:
    h, _ = in_group()
    files = Vfs(h.machine)
    lru_add_drain_all(h.kernel)
    h.write(0, 4 * K)
    found = stat(files, "/cgroup/g/memory.stat")
    assert (found["rss"], found["active_anon"], found["pgfault"], found["pgpgin"]) == (4096, 0, 1, 1)
    lru_add_drain_all(h.kernel)
    assert stat(files, "/cgroup/g/memory.stat")["active_anon"] == 4096
    assert files.read("/cgroup/g/memory.numa_stat") == "total=1 N0=1\nfile=0 N0=0\nanon=1 N0=1\nunevictable=0 N0=0\n"


def test_totals_include_the_groups_below_in_a_hierarchy() -> None:
    h, memcg = in_group()
    h.write(0, 64 * K)
    above = h.kernel.root_memcg
    assert stat(Vfs(h.machine), "/cgroup/memory.stat")["total_rss"] == above.stat.rss * 4096
    above.use_hierarchy = True
    assert stat(Vfs(h.machine), "/cgroup/memory.stat")["total_rss"] == (above.stat.rss + 16) * 4096
    assert memcg.stat.rss == 16


def test_the_lowest_limit_of_a_hierarchy_binds() -> None:
    h = host()
    above = group(h, "above", limit=8192)
    above.use_hierarchy = True
    below = group(h, "below", above, limit=65536)
    below.memsw.limit = 4096
    assert hierarchical_limits(below) == (8192, 4096)
    above.use_hierarchy = False
    assert hierarchical_limits(below) == (65536, 4096)


def test_old_kernels_count_no_faults_and_have_no_numa_stat() -> None:
    files = Vfs(host(kernel="2.6.39").machine)
    assert "pgfault" not in files.read("/cgroup/memory.stat")
    with pytest.raises(KernelError) as caught:
        files.read("/cgroup/memory.numa_stat")
    assert caught.value.errno is Errno.ENOENT


def test_kernels_with_memory_debugging_say_what_reclaim_has_learnt() -> None:
    h = host(build=host().kernel.build.__class__(debug_vm=True))
    lines = Vfs(h.machine).read("/cgroup/memory.stat").splitlines()
    assert [line.split()[0] for line in lines[-5:]] == [
        "inactive_ratio", "recent_rotated_anon", "recent_rotated_file", "recent_scanned_anon", "recent_scanned_file",
    ]  # fmt: skip
