"""/proc/sys/vm: names, defaults and writes against recordings of a real kernel (sysctl-*.json, listings.txt)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fs.capture import only, section
from tests.support import M
from thpsh.boot import MachineSpec, boot
from thpsh.errors import Errno, KernelError
from thpsh.fs.vfs import Vfs
from thpsh.structs.config import BuildConfig

ROOT = "/proc/sys/vm"


def vfs(**spec: Any) -> Vfs:
    return Vfs(boot(MachineSpec(**{"memory": 2048 * M, "cpus": 1, **spec})))


def test_names_and_modes_are_those_of_the_real_host() -> None:
    files = vfs()
    rows = [line.split() for line in section("listings.txt", "ls -l /proc/sys/vm").splitlines()[1:]]
    assert files.listdir(ROOT) == sorted(row[-1] for row in rows)
    assert {name: files.mode(f"{ROOT}/{name}") for name in files.listdir(ROOT)} == {row[-1]: row[0] for row in rows}


def test_defaults_are_those_of_the_real_host() -> None:
    files = vfs()
    command = """cd /proc/sys/vm; for f in *; do echo "$f: $(cat $f 2>&1 | tr '\\t\\n' '  ')"; done"""
    for line in section("listings.txt", command).splitlines():
        name, value = line.split(": ", 1)
        if "Permission denied" not in value:
            assert files.read(f"{ROOT}/{name}").replace("\t", " ").replace("\n", " ") == value, name


# What a real kernel answered, in this order: written, then read; None: EINVAL.
@pytest.mark.parametrize(
    ("name", "writes"),
    [
        ("swappiness", [("0", "0"), ("100\n", "100"), ("101", None), ("-1", None), ("x", None)]),
        ("page-cluster", [("31", "31"), ("100", "100"), ("-1", None)]),
        ("vfs_cache_pressure", [("0", "0"), ("-1", "-1")]),
        ("oom_kill_allocating_task", [("2", "2"), ("-1", "-1")]),
        ("oom_dump_tasks", [("0", "0"), ("2", "2")]),
        ("panic_on_oom", [("3", None), ("2", "2")]),
        ("memory_failure_early_kill", [("1", "1"), ("2", None), ("-1", None)]),
        ("memory_failure_recovery", [("0", "0"), ("2", None)]),
        ("stat_interval", [("0", "0"), ("5", "5")]),
        ("max_map_count", [("10", "10"), ("0", "0"), ("-1", None)]),
        ("overcommit_memory", [("2", "2"), ("3", None), ("-1", None)]),
        ("overcommit_ratio", [("101", "101"), ("-1", "-1")]),
        ("zone_reclaim_mode", [("8", "8"), ("-1", "-1"), ("x", None)]),
        ("min_unmapped_ratio", [("100", "100"), ("101", None)]),
        ("min_slab_ratio", [("0", "0"), ("101", None)]),
        ("drop_caches", [("1", "1"), ("3", "3"), ("0", None), ("4", None), ("-1", None), ("abc", None)]),
        ("percpu_pagelist_fraction", [("7", None), ("8", "8"), ("0", None), ("-1", None)]),
        ("extfrag_threshold", [("1000", "1000"), ("1001", "1000"), ("-1", "1000"), ("x", "1000"), ("0", "0")]),
        ("dirty_writeback_centisecs", [("7", "7"), ("x", "7")]),
        ("mmap_min_addr", [("65536", "65536"), ("-1", "65536"), ("x", None)]),
    ],
)  # fmt: skip
def test_writes_are_answered_as_the_real_kernel_did(name: str, writes: list[tuple[str, str | None]]) -> None:
    files = vfs()
    for text, shown in writes:
        before = files.read(f"{ROOT}/{name}")
        if shown is not None:
            assert files.write(f"{ROOT}/{name}", text) == len(text)
            assert files.read(f"{ROOT}/{name}") == f"{shown}\n"
            continue
        with pytest.raises(KernelError) as caught:
            files.write(f"{ROOT}/{name}", text)
        assert caught.value.errno is Errno.EINVAL
        assert files.read(f"{ROOT}/{name}") == before


def test_min_free_kbytes_forgives_everything() -> None:
    files = vfs()
    path = f"{ROOT}/min_free_kbytes"
    for text, used, shown in (
        ("foo", 3, "45056"), ("", 0, "45056"), ("8192 ", 5, "8192"), ("8191x", 5, "8192"), ("8193 8194", 5, "8193"),
        ("0x2000", 6, "8192"),
    ):  # fmt: skip
        assert files.write(path, text) == used
        assert files.read(path) == f"{shown}\n"


@pytest.mark.parametrize(
    ("kbytes", "marks"),
    [
        ("128", ["min 0", "low 0", "high 0", "min 31", "low 38", "high 46"]),
        ("1024", ["min 1", "low 1", "high 1", "min 254", "low 317", "high 381"]),
        ("45056", ["min 85", "low 106", "high 127", "min 11178", "low 13972", "high 16767"]),
        ("100000", ["min 189", "low 236", "high 283", "min 24810", "low 31012", "high 37215"]),
    ],
)
def test_min_free_kbytes_moves_the_watermarks(kbytes: str, marks: list[str]) -> None:
    files = vfs()
    files.write(f"{ROOT}/min_free_kbytes", kbytes)
    found = only(files.read("/proc/zoneinfo"), "min ", "low ", "high ")
    assert [" ".join(line.split()) for line in found] == marks


def test_reserve_pageblocks_follow_the_watermarks() -> None:
    files = vfs()
    files.write(f"{ROOT}/min_free_kbytes", "128")
    rows = [line.split()[-2] for line in files.read("/proc/pagetypeinfo").splitlines()[-2:]]
    assert rows == ["0", "1"]
    files.write(f"{ROOT}/min_free_kbytes", "45056")
    rows = [line.split()[-2] for line in files.read("/proc/pagetypeinfo").splitlines()[-2:]]
    assert rows == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "used", "shown", "protection"),
    [
        ("1 1 1", 5, "1\t1\t1", 513048), ("256 256 32", 10, "256\t256\t32", 2004), ("0 0 0", 5, "1\t1\t1", 513048),
        ("-1 5 6", 6, "1\t5\t6", 513048), ("512", 3, "512\t256\t32", 1002), ("a b c", 5, "256\t256\t32", 2004),
        ("100 200", 7, "100\t200\t32", 5130), ("1 2 3 4", 6, "1\t2\t3", 513048),
    ],
)  # fmt: skip
def test_lowmem_reserve_ratio_moves_the_protection(text: str, used: int, shown: str, protection: int) -> None:
    files = vfs()
    assert files.write(f"{ROOT}/lowmem_reserve_ratio", text) == used
    assert files.read(f"{ROOT}/lowmem_reserve_ratio") == f"{shown}\n"
    assert only(files.read("/proc/zoneinfo"), "protection") == [
        f"protection: (0, {protection}, {protection}, {protection})", "protection: (0, 0, 0, 0)"
    ]  # fmt: skip


def test_percpu_pagelist_fraction_sets_the_page_lists() -> None:
    files = vfs()
    files.write(f"{ROOT}/percpu_pagelist_fraction", "8")
    found = [" ".join(line.split()) for line in only(files.read("/proc/zoneinfo"), "high:", "batch:")]
    assert found == ["high: 490", "batch: 96", "high: 64131", "batch: 96"]


def test_of_dirty_ratio_and_dirty_bytes_one_counts() -> None:
    files = vfs()
    files.write(f"{ROOT}/dirty_bytes", "8192")
    assert files.read(f"{ROOT}/dirty_ratio") == "0\n"
    files.write(f"{ROOT}/dirty_ratio", "30")
    assert files.read(f"{ROOT}/dirty_bytes") == "0\n"
    files.write(f"{ROOT}/dirty_bytes", "8191")  # too few: success, unchanged, and so the ratio stays
    assert (files.read(f"{ROOT}/dirty_bytes"), files.read(f"{ROOT}/dirty_ratio")) == ("0\n", "30\n")
    files.write(f"{ROOT}/dirty_background_bytes", "4096")
    assert files.read(f"{ROOT}/dirty_background_ratio") == "0\n"


def test_the_zonelist_order_is_what_was_written_if_its_first_letter_is_known() -> None:
    machine = boot(MachineSpec(memory=2048 * M, nodes=2, cpus=2))
    files = Vfs(machine)
    path = f"{ROOT}/numa_zonelist_order"
    for text in ("n", "Zone\n", "default"):
        assert files.write(path, text) == len(text)
        assert files.read(path) == text.rstrip("\n") + "\n"
    assert files.write(path, "xyz\n") == 4
    assert files.read(path) == "default\n"
    assert machine.dmesg.lines[-1][1] == "Ignoring invalid numa_zonelist_order value:  xyz"


def test_another_order_is_logged_the_same_again_is_not() -> None:
    machine = boot(MachineSpec(memory=2048 * M, nodes=2, cpus=2))
    files = Vfs(machine)
    before = len(machine.dmesg.lines)
    files.write(f"{ROOT}/numa_zonelist_order", "Default")
    assert len(machine.dmesg.lines) == before
    files.write(f"{ROOT}/numa_zonelist_order", "zone")
    text = "\n".join(line for _, line in machine.dmesg.lines[before:])
    pages = sum(zone.present - zone.high_wmark for zone in machine.kernel.zones)
    assert text == (f"Built 2 zonelists in Zone order, mobility grouping on.  Total pages: {pages}\nPolicy zone: DMA32")


def test_zone_order_puts_all_low_memory_last() -> None:
    machine = boot(MachineSpec(memory=4096 * M, nodes=2, cpus=2))
    Vfs(machine).write(f"{ROOT}/numa_zonelist_order", "zone")
    assert [(zone.node, zone.kind.label) for zone in machine.kernel.nodes[0].zonelist] == [
        (1, "Normal"), (0, "DMA32"), (1, "DMA32"), (0, "DMA")
    ]  # fmt: skip


def test_scan_unevictable_pages_reads_0_again() -> None:
    files = vfs()
    assert files.write(f"{ROOT}/scan_unevictable_pages", "1") == 1
    assert files.read(f"{ROOT}/scan_unevictable_pages") == "0\n"


def test_builds_without_numa_lack_its_files() -> None:
    names = vfs(build=BuildConfig(numa=False)).listdir(ROOT)
    assert not {"zone_reclaim_mode", "min_slab_ratio", "min_unmapped_ratio", "numa_zonelist_order"} & set(names)
    assert "nr_hugepages_mempolicy" not in names
