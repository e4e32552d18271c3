"""/sys/devices/system/node against captures."""

from __future__ import annotations

import pytest

from tests.fs.capture import captured, columns, only, words
from tests.support import M, host
from thpsh.boot import MachineSpec, boot
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.structs.config import BuildConfig

ROOT = "/sys/devices/system/node"


def vfs(nodes: int = 1, cpus: int = 1) -> Vfs:
    return Vfs(boot(MachineSpec(memory=2048 * M, nodes=nodes, cpus=cpus)))


def parts(name: str, node: int) -> list[str]:
    """meminfo, vmstat and numastat of a node in a capture."""
    text = captured(f"{name}/node_files.txt").split(f"-- {ROOT}/node{node}\n", 1)[1].split(f"-- {ROOT}", 1)[0]
    listing, rest = text.split("Node ", 1)
    assert "meminfo" in listing
    meminfo, rest = f"Node {rest}".split("-vmstat\n")
    return [meminfo, *rest.split("-numastat\n")]


@pytest.mark.parametrize(("name", "nodes"), [("2G", 1), ("2G-numa2", 2)])
def test_the_layout_of_a_nodes_files_is_that_of_the_real_ones(name: str, nodes: int) -> None:
    files = vfs(nodes, nodes)
    for node in range(nodes):
        meminfo, vmstat, numastat = parts(name, node)
        assert columns(files.read(f"{ROOT}/node{node}/meminfo")) == columns(meminfo)
        assert words(files.read(f"{ROOT}/node{node}/vmstat")) == words(vmstat)
        assert words(files.read(f"{ROOT}/node{node}/numastat")) == words(numastat)


@pytest.mark.parametrize(("name", "nodes"), [("2G", 1), ("2G-numa2", 2)])
def test_a_node_has_all_frames_that_exist(name: str, nodes: int) -> None:
    files = vfs(nodes, nodes)
    for node in range(nodes):
        start = f"Node {node} MemTotal"
        assert only(files.read(f"{ROOT}/node{node}/meminfo"), start) == only(parts(name, node)[0], start)


def test_lists_and_masks() -> None:
    one, two = vfs(), vfs(2, 4)
    assert one.read(f"{ROOT}/online") == "0\n"
    assert two.read(f"{ROOT}/possible") == "0-1\n"
    assert one.read(f"{ROOT}/has_normal_memory") == "0\n"
    assert one.read(f"{ROOT}/has_cpu") == "\n"
    assert one.read(f"{ROOT}/node0/cpumap") == "01\n"
    assert two.read(f"{ROOT}/node1/cpulist") == "1,3\n"
    assert two.read(f"{ROOT}/node1/cpumap") == "0a\n"
    assert one.read(f"{ROOT}/node0/distance") == "10\n"
    assert two.read(f"{ROOT}/node1/distance") == "20 10\n"


def test_masks_of_many_cpus_are_words_of_32_bits() -> None:
    files = Vfs(boot(MachineSpec(memory=2048 * M, cpus=40)))
    assert files.read(f"{ROOT}/node0/cpumap") == "ff,ffffffff\n"
    assert files.read(f"{ROOT}/node0/cpulist") == "0-39\n"


def test_the_folders_of_nodes_are_those_of_the_host() -> None:
    files = vfs(2, 2)
    assert [name for name in files.listdir(ROOT) if name.startswith("node")] == ["node0", "node1"]
    for name in ("node2", "node", "node00", "node-1", "nodeX"):
        with pytest.raises(KernelError) as caught:
            files.read(f"{ROOT}/{name}/meminfo")
        assert caught.value.errno is Errno.ENOENT


def test_a_kernel_without_numa_has_no_nodes() -> None:
    files = Vfs(boot(MachineSpec(memory=1024 * M, build=BuildConfig(numa=False))))
    with pytest.raises(KernelError) as caught:
        files.listdir(ROOT)
    assert caught.value.errno is Errno.ENOENT
    assert files.listdir("/sys/devices/system") == ["memory"]


def test_a_huge_page_shows_on_the_node_it_lies_on() -> None:
    app = host(memory=2048 * M, nodes=2, cpus=2)
    app.map(4 * M)
    app.write(0, 1)
    files = Vfs(app.machine)
    shown = ["AnonHugePages:      2048 kB" in files.read(f"{ROOT}/node{node}/meminfo") for node in (0, 1)]
    assert sorted(shown) == [False, True]


def test_builds_without_thp_have_no_line_for_it() -> None:
    app = host(build=BuildConfig(thp="off"))
    assert "AnonHugePages" not in Vfs(app.machine).read(f"{ROOT}/node0/meminfo")


def test_a_write_to_compact_compacts_the_node():
    files = vfs(2, 2)
    assert files.mode(f"{ROOT}/node1/compact") == "--w-------"
    before = files.machine.vm_events.get("compact_blocks_moved")
    assert files.write(f"{ROOT}/node1/compact", "whatever\n") == 9
    assert files.machine.vm_events.get("compact_blocks_moved") - before in range(500, 513)


def test_a_node_counted_only_writeback_before_3_0() -> None:
    app = host(kernel="2.6.39")
    assert Vfs(app.machine).read(f"{ROOT}/node0/vmstat") == "nr_written 0\nnr_dirtied 0\n"


def test_a_scan_of_unevictable_pages_takes_one_byte_of_anything() -> None:
    files = vfs()
    path = f"{ROOT}/node0/scan_unevictable_pages"
    assert (files.mode(path), files.read(path)) == ("-rw-r--r--", "0\n")
    assert files.write(path, "anything") == 1
