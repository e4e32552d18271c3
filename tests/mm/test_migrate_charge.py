"""Twin of thpsh/mm/migrate_charge.py."""

from functools import partial
from typing import Any

import pytest

from tests.mm.groups import PAGE, group, in_group, pages
from tests.support import START, Host, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.compaction import compact_node
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.memcg_stock import drain_stock
from thpsh.mm.migrate import isolate_lru_pages
from thpsh.mm.migrate_charge import chargeable
from thpsh.mm.migrate_pages import migrate_pages
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.migrate_to_node import migratepages
from thpsh.mm.move_pages import move_pages
from thpsh.mm.page_alloc import alloc_small
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.memcg import MemCgroup
from thpsh.structs.page import Gfp

BOOT_IMAGE = 15  # pages of the program on node 0, which cannot move


def two_nodes(limit: int | None = None) -> tuple[Host, MemCgroup]:
    """A process in a group with 64 pages on node 0 of two."""
    h = host(memory=512 * M, nodes=2, cpus=2, cmdline="transparent_hugepage=never")
    memcg = group(h)
    cgroup_attach(h.kernel, memcg, h.task)
    h.map(2 * M)
    h.write(0, 64 * PAGE)
    lru_add_drain_all(h.kernel)
    drain_stock(h.kernel, 0)
    assert pages(memcg) == (64, 64)
    if limit is not None:
        memcg.res.limit = limit * PAGE
    return h, memcg


def test_copies_are_charged_before_the_old_pages_are_given_back() -> None:
    h, memcg = two_nodes()
    memcg.res.max_usage = 64 * PAGE
    assert migratepages(h.kernel, 0, h.task, (0,), (1,)) == BOOT_IMAGE
    assert (memcg.stat.pgpgin, memcg.stat.pgpgout) == (128, 64)
    assert pages(memcg) == (64, 64)  # two batches of 32 were charged ahead and used up
    assert memcg.res.max_usage == 96 * PAGE
    debug_vm(h.kernel)


def test_a_group_with_room_for_one_page_more_is_enough_but_each_batch_fails() -> None:
    h, memcg = two_nodes(limit=65)
    assert migratepages(h.kernel, 0, h.task, (0,), (1,)) == BOOT_IMAGE
    assert memcg.res.failcnt == 64
    debug_vm(h.kernel)


def test_a_full_group_lets_no_page_move() -> None:
    h, memcg = two_nodes(limit=64)
    with pytest.raises(KernelError) as caught:
        migratepages(h.kernel, 0, h.task, (0,), (1,))
    assert caught.value.errno is Errno.ENOMEM
    assert move_pages(h.kernel, 0, h.task, (START, START + 64 * PAGE), None) == [(0, 64)]
    with pytest.raises(KernelError) as caught:
        move_pages(h.kernel, 0, h.task, (START, START + 64 * PAGE), 1)
    assert caught.value.errno is Errno.ENOMEM
    assert pages(memcg) == (64, 64)
    debug_vm(h.kernel)


def test_compaction_leaves_pages_of_a_full_group() -> None:
    h, memcg = two_nodes(limit=64)
    table = h.task.mm.pmds[START >> 21]
    before = frame_at(h.kernel, table, 5)
    compact_node(h.kernel, 0, h.kernel.nodes[0])
    assert frame_at(h.kernel, table, 5) == before
    memcg.res.limit = 1 << 40
    compact_node(h.kernel, 0, h.kernel.nodes[0])
    debug_vm(h.kernel)


def test_the_first_page_without_room_ends_the_list() -> None:
    h, memcg = in_group()
    h.write(0, 8 * PAGE)
    lru_add_drain_all(h.kernel)
    drain_stock(h.kernel, 0)
    block, frame = frame_at(h.kernel, h.task.mm.pmds[START >> 21], 0)
    assert chargeable(h.kernel, 0, [(block, frame, 8)]) == [(block, frame, 8)]
    drain_stock(h.kernel, 0)
    memcg.res.limit = 8 * PAGE
    assert chargeable(h.kernel, 0, [(block, frame, 8)]) == []


def counts(h: Host, *names: str) -> list[int]:
    zone = h.kernel.zones[-1]
    return [getattr(zone.stat, name) for name in names]


def test_a_page_that_somebody_holds_is_tried_ten_times() -> None:
    h, memcg = in_group()
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    pin(h.kernel, h.task, START, 4 * K)
    table: Any = h.task.mm.pmds[START >> 21]
    block, frame = frame_at(h.kernel, table, 0)
    hits = counts(h, "numa_hit")[0]
    new_pages = partial(alloc_small, h.kernel, 0, gfp=Gfp.HIGHUSER_MOVABLE)
    assert isolate_lru_pages(h.kernel, block, 1 << frame)
    outcome = migrate_pages(h.kernel, 0, [(block, 1 << frame)], new_pages)
    assert (outcome.stayed, outcome.nomem) == (1, False)
    putback_lru_pages(h.kernel, 0, outcome.left)
    assert counts(h, "numa_hit") == [hits + 10]
    assert (memcg.stat.pgpgin, memcg.stat.pgpgout) == (11, 10)
    assert (table.young & 1, table.dirty & 1, block.dirty >> frame & 1) == (0, 0, 1)
    assert table.writable & 1
    debug_vm(h.kernel)
