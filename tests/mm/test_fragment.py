"""Breaking up free memory and putting it together again."""

import pytest

from tests.mm.groups import group
from tests.support import M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fragment import fragment, free_pageblocks_of
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.page_alloc import drain_all_pages
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import MigrateType


def blocks(kernel):
    return [index for zone in kernel.zones for index in free_pageblocks_of(zone)]


def test_a_share_of_the_free_pageblocks_has_one_page_in_use():
    h = host()
    before = blocks(h.kernel)
    report = fragment(h.kernel, "holder", 25, unmovable=False)
    debug_vm(h.kernel)
    assert (report.broken, report.free) == (len(before) // 4, len(before))
    assert len(blocks(h.kernel)) == len(before) - len(before) // 4
    assert report.task.mm.anon_rss >= report.broken
    assert h.event("pgalloc_dma") == sum(1 for zone in h.kernel.zones[:1] for b in zone.pageblocks.values() if b.owners)


@pytest.mark.parametrize("unmovable", [False, True])
def test_nothing_but_reserve_and_kernel_blocks_stays_whole(unmovable):
    h = host()
    report = fragment(h.kernel, "holder", 100, unmovable=unmovable)
    debug_vm(h.kernel)
    assert blocks(h.kernel) == []
    assert h.kernel.zones[-1].area.lists[9][MigrateType.RESERVE].nr == 1
    locked = sum(zone.stat.nr_mlock for zone in h.kernel.zones)
    assert locked == (report.broken if unmovable else 0)
    held = report.task.regions["held"]
    assert held.length == report.broken << 12


def test_the_same_seed_chooses_the_same_pages():
    def chosen(seed: int) -> list[tuple[int, int]]:
        kernel = host(seed=seed).kernel
        fragment(kernel, "holder", 10, unmovable=False)
        return sorted((i, b.once) for zone in kernel.zones for i, b in zone.pageblocks.items() if b.free and b.once)

    assert chosen(1) == chosen(1)
    assert chosen(1) != chosen(2)


def test_the_end_of_the_process_undoes_it():
    h = host()
    before = blocks(h.kernel)
    report = fragment(h.kernel, "holder", 100, unmovable=True)
    do_exit(h.kernel, report.task)
    lru_add_drain_all(h.kernel)
    drain_all_pages(h.kernel)
    debug_vm(h.kernel)
    assert len(before) - len(blocks(h.kernel)) <= 2  # a page-table list may have taken a block for good


def test_without_free_pageblocks_nobody_is_started():
    h = host(memory=512 * M)
    fragment(h.kernel, "holder", 100, unmovable=False)
    assert fragment(h.kernel, "another", 100, unmovable=False).task is None


def test_no_group_pays_for_it():
    h = host()
    memcg = group(h, limit=M)
    cgroup_attach(h.kernel, memcg, h.kernel.tasks[1])
    fragment(h.kernel, "holder", 50, unmovable=True)
    debug_vm(h.kernel)
    assert memcg.res.usage == 0
