"""/proc/sys/vm: the pool of hugetlbfs, as in the recording extra/hugetlb.txt."""

from __future__ import annotations

import pytest

from tests.mm.hugetlb.stage import map_huge, pool
from tests.support import M
from thpsh.boot import MachineSpec, boot
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.structs.mempolicy import PolicyMode

ROOT = "/proc/sys/vm"


def huge_lines(files: Vfs) -> list[str]:
    return [line for line in files.read("/proc/meminfo").splitlines() if line.startswith("HugeP")]


def test_the_pool_grows_to_what_there_is_and_says_so() -> None:
    machine = boot(MachineSpec(memory=2048 * M, cpus=1))
    files = Vfs(machine)
    assert files.write(f"{ROOT}/nr_hugepages", "10\n") == 3
    assert files.read(f"{ROOT}/nr_hugepages") == "10\n"
    assert huge_lines(files) == [
        "HugePages_Total:      10", "HugePages_Free:       10", "HugePages_Rsvd:        0", "HugePages_Surp:        0"
    ]  # fmt: skip
    files.write(f"{ROOT}/nr_hugepages", "100000\n")
    assert files.read(f"{ROOT}/nr_hugepages") == "967\n"
    vmstat = dict(line.split() for line in files.read("/proc/vmstat").splitlines())
    assert (vmstat["htlb_buddy_alloc_success"], vmstat["htlb_buddy_alloc_fail"]) == ("967", "1")
    files.write(f"{ROOT}/nr_hugepages", "0\n")
    assert files.read(f"{ROOT}/nr_hugepages") == "0\n"
    debug_vm(machine.kernel)


def test_the_file_leaves_surplus_out() -> None:
    h = pool(3)
    map_huge(h, 3)
    files = Vfs(h.machine)
    files.write(f"{ROOT}/nr_hugepages", "1")
    assert files.read(f"{ROOT}/nr_hugepages") == "1\n"
    assert huge_lines(files) == [
        "HugePages_Total:       3", "HugePages_Free:        3", "HugePages_Rsvd:        3", "HugePages_Surp:        2"
    ]  # fmt: skip


def test_overcommit_is_any_number() -> None:
    files = Vfs(boot(MachineSpec(memory=1024 * M)))
    files.write(f"{ROOT}/nr_overcommit_hugepages", "7")
    assert files.write(f"{ROOT}/nr_overcommit_hugepages", "-5") == 2
    assert files.read(f"{ROOT}/nr_overcommit_hugepages") == "7\n"
    with pytest.raises(KernelError) as caught:
        files.write(f"{ROOT}/nr_overcommit_hugepages", "many")
    assert caught.value.errno is Errno.EINVAL


def test_a_negative_size_changes_nothing() -> None:
    files = Vfs(boot(MachineSpec(memory=1024 * M)))
    files.write(f"{ROOT}/nr_hugepages", "2")
    assert files.write(f"{ROOT}/nr_hugepages", "-1") == 2
    assert files.read(f"{ROOT}/nr_hugepages") == "2\n"


def test_the_commit_limit_leaves_the_pool_out() -> None:
    files = Vfs(boot(MachineSpec(memory=1024 * M)))

    def limit() -> int:
        line = next(line for line in files.read("/proc/meminfo").splitlines() if line.startswith("CommitLimit"))
        return int(line.split()[1])

    before = limit()
    files.write(f"{ROOT}/nr_hugepages", "10")
    assert before - limit() == 10 * 2048 // 2


def test_one_of_the_files_follows_the_policy_of_the_writer() -> None:
    files = Vfs(boot(MachineSpec(memory=2048 * M, nodes=2, cpus=2)))
    kernel = files.machine.kernel
    set_mempolicy(kernel, kernel.tasks[1], PolicyMode.PREFERRED, (1,))
    files.write(f"{ROOT}/nr_hugepages_mempolicy", "3\n")
    assert [node.pages for node in kernel.hugetlb.nodes] == [0, 3]
    files.write(f"{ROOT}/nr_hugepages", "5\n")
    assert [node.pages for node in kernel.hugetlb.nodes] == [1, 4]
    files.write(f"{ROOT}/nr_hugepages_mempolicy", "1\n")
    assert [node.pages for node in kernel.hugetlb.nodes] == [1, 0]
    assert files.read(f"{ROOT}/nr_hugepages_mempolicy") == "1\n"
