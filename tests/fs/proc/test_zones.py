"""/proc/zoneinfo, buddyinfo and pagetypeinfo against captures."""

from __future__ import annotations

import re

import pytest

from tests.fs.capture import captured, columns, only, words
from tests.support import M, host
from thpsh.boot import MachineSpec, boot
from thpsh.fs.vfs import Vfs

MACHINES = {"512M": (512, 1), "2G": (2048, 1), "8G": (8192, 1), "2G-numa2": (2048, 2), "4G-numa2": (4096, 2)}
DECIDED = (
    "Node", "min ", "low ", "high ", "scanned", "spanned", "present", "protection", "pagesets", "cpu:", "high:",
    "batch:", "vm stats threshold", "all_unreclaimable", "start_pfn", "inactive_ratio",
)  # fmt: skip


def vfs(name: str) -> Vfs:
    megabytes, nodes = MACHINES[name]
    return Vfs(boot(MachineSpec(memory=megabytes * M, nodes=nodes, cpus=nodes)))


@pytest.mark.parametrize("name", MACHINES)
def test_the_layout_of_zoneinfo_is_that_of_the_real_file(name: str) -> None:
    assert words(vfs(name).read("/proc/zoneinfo")) == words(captured(f"{name}/zoneinfo.txt"))


@pytest.mark.parametrize("name", MACHINES)
def test_what_boot_decides_in_zoneinfo_is_exact(name: str) -> None:
    assert only(vfs(name).read("/proc/zoneinfo"), *DECIDED) == only(captured(f"{name}/zoneinfo.txt"), *DECIDED)


@pytest.mark.parametrize("name", ["2G", "2G-numa2"])
def test_the_layout_of_buddyinfo_is_that_of_the_real_file(name: str) -> None:
    assert columns(vfs(name).read("/proc/buddyinfo")) == columns(captured(f"{name}/buddyinfo.txt"))


@pytest.mark.parametrize("name", ["2G", "8G", "2G-numa2"])
def test_the_free_blocks_of_the_untouched_dma_zone_are_those_of_the_real_host(name: str) -> None:
    line = vfs(name).read("/proc/buddyinfo").splitlines()[0]
    assert line == "Node 0, zone      DMA      1      0      1      1      2      1      1      0      1      1      3 "


@pytest.mark.parametrize("name", MACHINES)
def test_the_layout_of_pagetypeinfo_is_that_of_the_real_file(name: str) -> None:
    assert columns(vfs(name).read("/proc/pagetypeinfo")) == columns(captured(f"{name}/pagetypeinfo.txt"))


def block_counts(text: str) -> list[tuple[int, int]]:
    """Of every zone: all its pageblocks, and those in Reserve."""
    rows = [re.findall(r"\d+", line.split(",", 1)[1].split(None, 2)[2]) for line in text.splitlines() if _counts(line)]
    return [(sum(map(int, row)), int(row[3])) for row in rows]


def _counts(line: str) -> bool:
    return line.startswith("Node ") and "type" not in line


@pytest.mark.parametrize("name", MACHINES)
def test_pageblocks_are_counted_where_there_is_a_memory_map(name: str) -> None:
    assert block_counts(vfs(name).read("/proc/pagetypeinfo")) == block_counts(captured(f"{name}/pagetypeinfo.txt"))


def test_the_first_block_is_unmovable_and_two_are_in_reserve() -> None:
    rows = vfs("2G").read("/proc/pagetypeinfo").splitlines()[-2:]
    assert rows[0] == captured("2G/pagetypeinfo.txt").splitlines()[-2]


def test_a_huge_page_takes_a_block_of_order_9_or_splits_one_of_order_10() -> None:
    app = host()
    app.map(4 * M)
    files = Vfs(app.machine)
    before = [int(word) for word in files.read("/proc/buddyinfo").splitlines()[-1].split()[4:]]
    app.write(0, 1)
    after = [int(word) for word in files.read("/proc/buddyinfo").splitlines()[-1].split()[4:]]
    pages = sum((b - a) << order for order, (b, a) in enumerate(zip(before, after, strict=True)))
    assert pages >= 512
    assert before[9] + 2 * before[10] - after[9] - 2 * after[10] >= 1


def test_the_watermarks_follow_min_free_kbytes() -> None:
    files = vfs("2G")
    files.write("/proc/sys/vm/min_free_kbytes", "100000")
    marks = only(files.read("/proc/zoneinfo"), "min ", "low ", "high ")
    assert [" ".join(mark.split()) for mark in marks] == [
        "min 189", "low 236", "high 283", "min 24810", "low 31012", "high 37215"
    ]  # fmt: skip


def test_all_zones_together_show_what_no_page_list_of_a_cpu_holds() -> None:
    app = host()
    app.map(4 * M)
    app.write(0, 4 * M)
    files = Vfs(app.machine)
    rows = [line.split()[4:] for line in files.read("/proc/buddyinfo").splitlines()]
    pages = sum(int(number) << order for row in rows for order, number in enumerate(row))
    assert f"nr_free_pages {pages}\n" in files.read("/proc/vmstat")


def thresholds(h) -> list[str]:
    return re.findall(r"vm stats threshold: (\d+)", Vfs(h.machine).read("/proc/zoneinfo"))


def test_while_kswapd_is_awake_counters_of_small_zones_are_kept_closer() -> None:
    h = host(memory=2048 * M, cpus=8)
    dma, dma32 = h.kernel.zones
    assert thresholds(h) == ["8"] * 8 + ["40"] * 8
    assert (dma.drifts, dma32.drifts) == (True, False)
    dma.min_wmark, dma.low_wmark = 100, 125
    kswapd = h.kernel.nodes[0].kswapd
    kswapd.wanted = True
    assert thresholds(h) == ["3"] * 8 + ["40"] * 8
    kswapd.wanted, kswapd.nap = False, 10**9
    assert thresholds(h) == ["3"] * 8 + ["40"] * 8
    kswapd.nap = 0
    assert thresholds(h) == ["8"] * 8 + ["40"] * 8
