"""Moving mapped pages to other frames."""

import pytest

from tests.mm.layout import SHARED, place
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.gup import pin
from thpsh.mm.migrate import Move, isolate_lru_pages, move_to_new_pages, paired
from thpsh.mm.migrate_pages import migrate_pages
from thpsh.mm.migrate_putback import putback_lru_pages
from thpsh.mm.page_alloc import alloc_small
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.rmap_walk import page_mappings
from thpsh.structs.page import Gfp, Lru
from thpsh.structs.pageblock import Pageblock

SLOT = START >> 21


def small(size=M, **spec):
    h = host(cmdline="transparent_hugepage=never", **spec)
    h.map(2 * M)
    h.write(0, size, value=7)
    lru_add_drain_all(h.kernel)
    return h


def frame_of(h, page, task=None):
    return frame_at(h.kernel, (task or h.task).mm.pmds[SLOT], page)


def move(h, pages, node=None):
    """Isolate the pages of the process and migrate them; returns how many were left."""
    chunks = []
    for page in pages:
        block, frame = frame_of(h, page)
        if isolate_lru_pages(h.kernel, block, 1 << frame):
            chunks.append((block, 1 << frame))
    outcome = migrate_pages(
        h.kernel, 0, chunks, lambda count: alloc_small(h.kernel, 0, count, Gfp.HIGHUSER_MOVABLE, node)
    )
    putback_lru_pages(h.kernel, 0, outcome.left)
    debug_vm(h.kernel)
    return outcome.stayed


def test_a_moved_page_keeps_its_address_its_content_and_its_access():
    h = small()
    before = {page: frame_of(h, page) for page in (3, 4, 200)}
    assert move(h, [3, 4, 200]) == 0
    for page, (block, frame) in before.items():
        now, where = frame_of(h, page)
        assert (now, where) != (block, frame)
        assert now.content(where) == 7
        assert [address for _, address in page_mappings(now, where)] == [START + page * 4 * K]
    table = h.task.mm.pmds[SLOT]
    assert table.writable >> 3 & 1
    assert not table.young >> 3 & 1, "the new entry has not been used"
    assert not table.dirty >> 3 & 1, "the page is dirty, not the entry"
    block, frame = frame_of(h, 3)
    assert block.dirty >> frame & 1


def test_the_old_frames_are_free_once_the_lru_cache_lets_them_go():
    h = small()
    old = [frame_of(h, page) for page in range(20)]
    assert move(h, range(20)) == 0
    assert sum(block.pagevec >> frame & 1 for block, frame in old) == 20 - 14
    lru_add_drain_all(h.kernel)
    assert not any(block.pagevec >> frame & 1 for block, frame in old)
    debug_vm(h.kernel)


def test_all_processes_that_share_a_page_see_the_new_one():
    h = small()
    children = [fork(h.kernel, h.task, name) for name in ("a", "b", "c")]
    assert move(h, [5]) == 0
    block, frame = frame_of(h, 5)
    assert block.mapcount(frame) == 4
    assert all(frame_of(h, 5, child) == (block, frame) for child in children)
    assert all(not child.mm.pmds[SLOT].writable >> 5 & 1 for child in children)
    for child in children:
        do_exit(h.kernel, child)
    debug_vm(h.kernel)


def test_pinned_pages_stay_and_go_back_to_their_list():
    h = small()
    pin(h.kernel, h.task, START, 8 * K)
    before = [frame_of(h, page) for page in range(4)]
    assert move(h, range(4)) == 2
    assert [frame_of(h, page) for page in range(2)] == before[:2]
    lru_add_drain_all(h.kernel)
    block, frame = before[0]
    assert any(entry.mask >> frame & 1 and entry.home.kind is Lru.ACTIVE_ANON for entry in block.lru)


def test_pages_of_shared_memory_are_found_in_the_cache_afterwards():
    h = host(cmdline="transparent_hugepage=never")
    place(h, 0, M, flags=SHARED)
    h.write(0, M)
    lru_add_drain_all(h.kernel)
    child = fork(h.kernel, h.task, "child")
    before = frame_of(h, 9)
    assert move(h, [9, 10]) == 0
    assert frame_of(h, 9) != before
    h.read(9 * 4 * K, 4 * K, task=child)
    assert frame_of(h, 9, child) == frame_of(h, 9)
    assert sum(zone.stat.nr_shmem for zone in h.kernel.zones) == 256


def test_a_group_sees_its_pages_come_and_go():
    h = small()
    stat = h.task.mm.memcg.stat
    before = stat.rss, stat.pgpgin, stat.pgpgout
    assert move(h, range(10)) == 0
    assert (stat.rss, stat.pgpgin, stat.pgpgout) == (before[0], before[1] + 10, before[2] + 10)


def test_counts_move_to_the_zone_of_the_new_frames():
    h = small(nodes=2, cpus=2)
    other = next(zone for zone in h.kernel.zones if zone.node == 1)
    before = other.stat.nr_anon_pages
    assert move(h, range(100), node=1) == 0
    assert other.stat.nr_anon_pages == before + 100
    assert frame_of(h, 0)[0].zone.node == 1


@pytest.mark.parametrize(("downwards", "shifts"), [(False, [6, -6]), (True, [3, -4])])
def test_pages_and_frames_are_paired_from_either_end(downwards, shifts):
    zone = host().kernel.zones[-1]
    block, a, b = (Pageblock(index, zone) for index in range(3))
    moves = paired([(block, 4, 5)], [(a, 10, 2), (b, 0, 3)], downwards=downwards)
    assert [(found.target, found.frames.bit_count(), found.shift) for found in moves] == [
        (a, 2, shifts[0]), (b, 3, shifts[1]),
    ]  # fmt: skip


def test_pages_without_a_new_frame_are_not_paired():
    zone = host().kernel.zones[-1]
    block, target = (Pageblock(index, zone) for index in range(2))
    moves = paired([(block, 0, 4)], [(target, 0, 1)])
    assert [(move.frames, move.shift) for move in moves] == [(1, 0)]


def test_a_page_can_move_inside_its_pageblock_where_its_old_frame_waits_to_be_freed():
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(64 * K)
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    _, block, frame = vma.mm.pmds[vma.start >> 21].runs[0]
    assert isolate_lru_pages(h.kernel, block, 1 << frame)
    target, first, _ = alloc_small(h.kernel, 0, 1, Gfp.HIGHUSER_MOVABLE)[0]
    assert target is block
    move_to_new_pages(h.kernel, 0, [Move(block, 1 << frame, target, first - frame)])
    assert (block.once >> frame & 1, block.pagevec >> frame & 1) == (0, 1)
    debug_vm(h.kernel)
    lru_add_drain_all(h.kernel)
    assert block.pcp >> frame & 1
    debug_vm(h.kernel)
