"""/sys/kernel/mm/hugepages and the folders of nodes."""

from __future__ import annotations

import pytest

from tests.fs.capture import section
from tests.mm.hugetlb.stage import map_huge, pool
from tests.support import M
from thpsh.boot import MachineSpec, boot
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.structs.config import BuildConfig
from thpsh.structs.mempolicy import PolicyMode

ROOT = "/sys/kernel/mm/hugepages/hugepages-2048kB"
NODE = "/sys/devices/system/node/node{}/hugepages/hugepages-2048kB"


def vfs(nodes: int = 1) -> Vfs:
    return Vfs(boot(MachineSpec(memory=2048 * M, nodes=nodes, cpus=nodes)))


def test_names_and_modes_are_those_of_the_real_host() -> None:
    files = vfs()
    listing = section("listings.txt", "ls -lR /sys/kernel/mm").split("hugepages-2048kB:\n", 1)[1].split("\n\n", 1)[0]
    rows = [line.split() for line in listing.splitlines() if line.startswith("-")]
    assert {name: files.mode(f"{ROOT}/{name}") for name in files.listdir(ROOT)} == {row[-1]: row[0] for row in rows}


def test_what_the_files_say_of_a_pool_in_use() -> None:
    h = pool(5, overcommit=2)
    map_huge(h, 6)
    h.write(0, 4 * M)
    files = Vfs(h.machine)
    assert {name: files.read(f"{ROOT}/{name}") for name in files.listdir(ROOT)} == {
        "free_hugepages": "4\n", "nr_hugepages": "6\n", "nr_hugepages_mempolicy": "6\n",
        "nr_overcommit_hugepages": "2\n", "resv_hugepages": "4\n", "surplus_hugepages": "1\n",
    }  # fmt: skip


def test_a_node_has_its_own_part() -> None:
    files = vfs(nodes=2)
    files.write(f"{ROOT}/nr_hugepages", "4\n")
    files.write(f"{NODE.format(1)}/nr_hugepages", "5\n")
    assert files.read(f"{NODE.format(0)}/nr_hugepages") == "2\n"
    assert files.read(f"{NODE.format(1)}/nr_hugepages") == "5\n"
    assert files.read(f"{NODE.format(1)}/free_hugepages") == "5\n"
    assert files.read(f"{NODE.format(1)}/surplus_hugepages") == "0\n"
    assert files.read("/proc/sys/vm/nr_hugepages") == "7\n"
    meminfo = files.read("/sys/devices/system/node/node1/meminfo").splitlines()
    assert meminfo[-3:] == [
        "Node 1 HugePages_Total:     5",
        "Node 1 HugePages_Free:      5",
        "Node 1 HugePages_Surp:      0",
    ]


def test_overcommit_can_be_set_here_too() -> None:
    files = vfs()
    files.write(f"{ROOT}/nr_overcommit_hugepages", "3\n")
    assert files.read("/proc/sys/vm/nr_overcommit_hugepages") == "3\n"


@pytest.mark.parametrize("text", ["", "x", "-1", "1 2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(KernelError) as caught:
        vfs().write(f"{ROOT}/nr_hugepages", text + "\n")
    assert caught.value.errno is Errno.EINVAL


def test_builds_without_numa_have_no_policy() -> None:
    files = Vfs(boot(MachineSpec(memory=1024 * M, build=BuildConfig(numa=False))))
    assert "nr_hugepages_mempolicy" not in files.listdir(ROOT)


def test_the_policy_of_the_writer_counts_in_one_file_only() -> None:
    files = vfs(nodes=2)
    kernel = files.machine.kernel
    set_mempolicy(kernel, kernel.tasks[1], PolicyMode.BIND, (1,))
    files.write(f"{ROOT}/nr_hugepages_mempolicy", "4\n")
    assert [files.read(f"{NODE.format(node)}/nr_hugepages") for node in (0, 1)] == ["0\n", "4\n"]
    files.write(f"{ROOT}/nr_hugepages", "6\n")
    assert [files.read(f"{NODE.format(node)}/nr_hugepages") for node in (0, 1)] == ["1\n", "5\n"]
    set_mempolicy(kernel, kernel.tasks[1], PolicyMode.DEFAULT, ())
    files.write(f"{ROOT}/nr_hugepages_mempolicy", "8\n")
    assert [files.read(f"{NODE.format(node)}/nr_hugepages") for node in (0, 1)] == ["2\n", "6\n"]


def test_pages_are_allocated_by_the_cpu_of_the_writer() -> None:
    files = vfs(nodes=2)
    kernel = files.machine.kernel
    kernel.tasks[1].cpu = 1
    before = [kernel.nodes[node].zones[-1].stat.numa_local for node in (0, 1)]
    files.write(f"{ROOT}/nr_hugepages", "4\n")
    assert [kernel.nodes[node].zones[-1].stat.numa_local for node in (0, 1)] == [before[0], before[1] + 2]
