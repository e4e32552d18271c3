"""/proc/vmstat against a capture."""

from __future__ import annotations

from tests.fs.capture import captured, words
from tests.support import Host, M, host
from thpsh.fs.vfs import Vfs
from thpsh.mm.swapfile import add_swap_device
from thpsh.structs.config import BuildConfig
from thpsh.structs.page import Lru


def vmstat(some: Host) -> dict[str, int]:
    lines = Vfs(some.machine).read("/proc/vmstat").splitlines()
    return {line.split()[0]: int(line.split()[1]) for line in lines}


def test_names_and_order_are_those_of_the_real_file() -> None:
    app = host(memory=2048 * M)
    assert words(Vfs(app.machine).read("/proc/vmstat")) == words(captured("2G/vmstat.txt"))


def test_a_huge_fault_moves_exactly_these_counters() -> None:
    app = host()
    app.map(4 * M)
    app.write(2 * M, 1)  # the upper page tables are there now
    before = vmstat(app)
    app.write(0, 1)
    after = vmstat(app)
    moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    for name in ("nr_free_pages", "nr_dirty_threshold", "nr_dirty_background_threshold"):
        moved.pop(name, None)
    assert moved == {
        "nr_anon_transparent_hugepages": 1,
        "nr_page_table_pages": 1,
        "numa_hit": 2,
        "numa_local": 2,
        "pgalloc_dma32": 513,
        "pgfault": 1,
        "thp_fault_alloc": 1,
    }


def test_dirty_limits_are_shares_of_free_and_file_pages() -> None:
    app = host()
    kernel = app.kernel
    Vfs(app.machine).write("/proc/sys/vm/dirty_background_ratio", "5\n")
    for zone in kernel.zones:
        zone.free = 0
        for listed in zone.lruvec.lists:
            listed.nr_pages = 0
    kernel.zones[-1].free = 99_999
    numbers = vmstat(app)
    assert numbers["nr_dirty_threshold"] == 20_000
    assert numbers["nr_dirty_background_threshold"] == 5_000


def test_dirty_limits_count_anonymous_memory_while_there_is_swap_space() -> None:
    app = host()
    kernel = app.kernel
    for zone in kernel.zones:
        zone.free = 0
        for listed in zone.lruvec.lists:
            listed.nr_pages = 0
    kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON].nr_pages = 9_999
    kernel.zones[-1].lruvec.lists[Lru.ACTIVE_FILE].nr_pages = 90_000
    assert vmstat(app)["nr_dirty_threshold"] == 18_000
    add_swap_device(kernel, "/dev/ram0", 8 << 20)
    assert vmstat(app)["nr_dirty_threshold"] == 20_000


def test_limits_in_bytes_round_up_and_the_background_stays_below() -> None:
    app = host()
    vfs = Vfs(app.machine)
    vfs.write("/proc/sys/vm/dirty_bytes", "8193\n")
    vfs.write("/proc/sys/vm/dirty_background_bytes", "999999\n")
    numbers = vmstat(app)
    assert numbers["nr_dirty_threshold"] == 3
    assert numbers["nr_dirty_background_threshold"] == 1


def test_releases_and_builds_hide_counters() -> None:
    old = vmstat(host(kernel="2.6.38"))
    assert not [name for name in old if name.startswith("thp_")]
    assert "nr_anon_transparent_hugepages" in old
    assert not [name for name in vmstat(host(build=BuildConfig(thp="off"))) if name.startswith("thp_")]
    flat = vmstat(host(build=BuildConfig(numa=False)))
    assert not [name for name in flat if name.startswith("numa_") or name == "zone_reclaim_failed"]
    assert "nr_anon_transparent_hugepages" not in vmstat(host(revert=("34",)))
