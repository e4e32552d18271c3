"""Twin of thpsh/mm/memcg_soft_limit.py."""

from typing import Any

import pytest

from tests.mm.groups import PAGE, group
from tests.support import START, Host, M, host
from thpsh.boot import start_process
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.kswapd import kswapd_run
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_events import update_tree
from thpsh.mm.memcg_soft_limit import soft_limit_reclaim
from thpsh.mm.mlock import mlock
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.scan_control import ScanControl
from thpsh.mm.swapon import swapon
from thpsh.mm.vmscan import try_to_free_pages
from thpsh.structs.memcg import MemCgroup
from thpsh.structs.zone import Zone


def two_groups(**spec: Any) -> tuple[Host, MemCgroup, MemCgroup, Zone]:
    """A host with swap and two groups of 4096 pages each, the first 1024 pages above its soft limit."""
    h = host(**spec)
    h.enabled("never")
    swapon(h.kernel, 64 * M)
    h.map(16 * M)
    groups = []
    for name in ("soft", "free"):
        memcg = group(h, name)
        task = h.task if name == "soft" else start_process(h.machine, "other")
        if task is not h.task:
            h.map(16 * M, task=task)
        cgroup_attach(h.kernel, memcg, task)
        if name == "soft":
            memcg.res.soft_limit = 3072 * PAGE
        h.write(0, 16 * M, task=task)
        groups.append(memcg)
    lru_add_drain_all(h.kernel)
    return h, groups[0], groups[1], h.task.mm.pmds[0x200000000000 >> 21].runs[0][1].zone  # type: ignore[union-attr]


def control(h: Host, **more: Any) -> ScanControl:
    return ScanControl(h.kernel, 0, 1 << 62, 60, kswapd=True, **more)


def reclaimed(h: Host, zone: Zone) -> tuple[int, int]:
    """What soft limits bring once the first round, which finds only active pages, has made some inactive."""
    assert soft_limit_reclaim(control(h), zone)[0] == 0
    return soft_limit_reclaim(control(h), zone)


def test_the_group_above_its_soft_limit_gives_a_quarter_of_what_it_is_above() -> None:
    h, soft, free, zone = two_groups()
    freed, scanned = reclaimed(h, zone)
    assert freed == soft.stat.swap >= 256
    assert freed < 1024
    assert scanned >= freed
    assert free.stat.swap == 0
    debug_vm(h.kernel)


def test_what_kswapd_takes_counts_as_stolen_but_not_as_scanned() -> None:
    h, _, _, zone = two_groups()
    freed, _ = reclaimed(h, zone)
    assert h.event("kswapd_steal") == h.event(f"pgsteal_{zone.kind.label.lower()}") == freed
    assert h.event(f"pgscan_kswapd_{zone.kind.label.lower()}") == 0


def test_no_group_is_asked_for_more_than_single_pages() -> None:
    h, soft, _, zone = two_groups()
    assert soft_limit_reclaim(control(h, order=1), zone) == (0, 0)
    assert soft.stat.swap == 0


def test_who_comes_below_its_soft_limit_is_left_alone() -> None:
    h, soft, free, zone = two_groups()
    for _ in range(20):
        soft_limit_reclaim(control(h), zone)
    assert 1024 <= soft.stat.swap <= 1024 + 64
    assert free.stat.swap == 0


def test_groups_without_pages_in_a_zone_are_not_asked_there() -> None:
    h, _, _, zone = two_groups()
    other = next(each for each in h.kernel.zones if each is not zone)
    assert soft_limit_reclaim(control(h), other) == (0, 0)


def test_a_group_of_which_nothing_can_be_had_makes_way_for_the_next() -> None:
    h, soft, free, zone = two_groups()
    mlock(h.kernel, h.task, START, 16 * M)
    free.res.soft_limit = 3900 * PAGE
    update_tree(h.kernel, free)
    tree = h.kernel.tables.soft_limit_tree
    assert soft_limit_reclaim(control(h), zone)[0] == 0
    assert list(tree[zone.node, zone.kind]) == [soft]  # the third look finds it again, and drops whom it took after it
    update_tree(h.kernel, free)
    assert soft_limit_reclaim(control(h), zone)[0] == free.stat.swap > 0
    assert list(tree[zone.node, zone.kind]) == [soft, free]


@pytest.mark.parametrize(("kernel", "asked"), [("2.6.39", False), ("3.0", True)])
def test_direct_reclaim_asks_first_since_3_0(kernel: str, asked: bool) -> None:
    h, soft, _, zone = two_groups(kernel=kernel)
    for _ in range(2):
        try_to_free_pages(h.kernel, 0, (zone,), 0, 0)
    assert (soft.stat.swap >= 256) is asked


def test_kswapd_asks_first_in_every_zone_that_it_goes_through() -> None:
    h, soft, free, _ = two_groups()
    for each in h.kernel.zones:
        each.min_wmark, each.low_wmark, each.high_wmark = each.free - 4, each.free - 2, each.free + 8
    node = h.kernel.nodes[0]
    kswapd_run(h.kernel, node)
    assert soft.stat.swap >= 256
    assert free.stat.swap == 0
