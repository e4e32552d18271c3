"""/proc/meminfo against captures."""

from __future__ import annotations

import pytest

from tests.fs.capture import captured, columns, only
from tests.support import Host, M, host
from thpsh.boot import MachineSpec, boot
from thpsh.fs.vfs import Vfs
from thpsh.structs.config import BuildConfig

MACHINES = {"512M": (512, 1), "2G": (2048, 1), "8G": (8192, 1), "2G-numa2": (2048, 2), "4G-numa2": (4096, 2)}


def meminfo(some: Host) -> dict[str, int]:
    lines = Vfs(some.machine).read("/proc/meminfo").splitlines()
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


@pytest.mark.parametrize("name", MACHINES)
def test_the_layout_is_that_of_the_real_file(name: str) -> None:
    megabytes, nodes = MACHINES[name]
    machine = boot(MachineSpec(memory=megabytes * M, nodes=nodes, cpus=nodes))
    assert columns(Vfs(machine).read("/proc/meminfo")) == columns(captured(f"{name}/meminfo.txt"))


@pytest.mark.parametrize("name", MACHINES)
def test_what_the_size_of_the_machine_decides_is_exact(name: str) -> None:
    megabytes, nodes = MACHINES[name]
    machine = boot(MachineSpec(memory=megabytes * M, nodes=nodes, cpus=nodes))
    exact = ("DirectMap", "Hugepagesize", "VmallocTotal", "Buffers", "Swap", "HugePages")
    if nodes == 1:
        exact += ("MemTotal", "CommitLimit")
    text = Vfs(machine).read("/proc/meminfo")
    assert only(text, *exact) == only(captured(f"{name}/meminfo.txt"), *exact)


def test_a_huge_page_counts_in_both_anonymous_lines_and_its_table_in_page_tables() -> None:
    app = host()
    app.map(4 * M)
    before = meminfo(app)
    app.write(0, 1)
    after = meminfo(app)
    assert after["AnonHugePages"] - before["AnonHugePages"] == 2048
    assert after["AnonPages"] - before["AnonPages"] == 2048
    assert after["PageTables"] - before["PageTables"] == 4
    assert after["HugePages_Total"] == 0


def test_kernels_without_the_gauge_have_no_line_for_huge_pages() -> None:
    for spec in ({"revert": ("34",)}, {"build": BuildConfig(thp="off")}):
        assert "AnonHugePages" not in meminfo(host(**spec))


def test_before_the_gauge_a_huge_page_was_one_anonymous_page() -> None:
    app = host(revert=("34",))
    app.map(4 * M)
    before = meminfo(app)
    app.write(0, 1)
    assert meminfo(app)["AnonPages"] - before["AnonPages"] == 4


def test_the_commit_limit_follows_overcommit_ratio() -> None:
    app = host(memory=2048 * M)
    Vfs(app.machine).write("/proc/sys/vm/overcommit_ratio", "100\n")
    assert meminfo(app)["CommitLimit"] == 2063540


def test_poisoned_memory_has_its_own_narrow_column() -> None:
    app = host()
    app.kernel.totals.hwpoison_pages = 512
    assert "HardwareCorrupted:  2048 kB\n" in Vfs(app.machine).read("/proc/meminfo")
