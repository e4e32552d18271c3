"""Many mappings taken away at once."""

from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.mmap import munmap
from thpsh.mm.mmu_gather import MmuGather, is_plain
from thpsh.mm.page_rmap import page_dup_rmap
from thpsh.structs.anon_vma import AnonVma
from thpsh.structs.bits import FULL
from thpsh.structs.pageblock import Owner, Pageblock, RareFlags


def small(size):
    h = host()
    h.enabled("never")
    h.map(size)
    h.write(0, size)
    return h


def test_only_a_block_with_no_other_use_is_plain():
    def block(**more):
        owner = Owner(FULL, AnonVma(1), None, 0)
        return Pageblock(0, None, **{"once": FULL, "owners": (owner,), "lru": ("entry",), **more})

    assert is_plain(block(), FULL)
    assert not is_plain(block(), FULL >> 1)
    for why in ({"twice": 1}, {"once": FULL >> 1}, {"pagevec": 1}, {"mlocked": 1}, {"cached": 1},
                {"rare": RareFlags()}, {"lru": ()}):  # fmt: skip
        assert not is_plain(block(**why), FULL)


def test_a_large_range_gives_all_its_pages_back():
    h = small(32 * M)
    stat = h.kernel.zones[-1].stat
    anon, freed, rss = stat.nr_anon_pages, h.event("pgfree"), h.task.cgroup.stat.rss
    munmap(h.kernel, h.task, START, 32 * M)
    debug_vm(h.kernel)
    assert anon - stat.nr_anon_pages == 8192
    assert rss - h.task.cgroup.stat.rss == 8192
    assert h.event("pgfree") - freed >= 8192


def test_pages_that_a_child_maps_stay():
    h = small(16 * M)
    child = fork(h.kernel, h.task, "child")
    stat = h.kernel.zones[-1].stat
    anon = stat.nr_anon_pages
    munmap(h.kernel, h.task, START, 16 * M)
    debug_vm(h.kernel)
    assert stat.nr_anon_pages == anon
    munmap(h.kernel, child, START, 16 * M)
    debug_vm(h.kernel)
    assert stat.nr_anon_pages == anon - 4096


def test_a_huge_page_goes_with_its_last_mapping():
    h = host()
    h.map(2 * M)
    h.write(0, 4 * K)
    child = fork(h.kernel, h.task, "child")
    stat = h.kernel.zones[-1].stat
    munmap(h.kernel, h.task, START, 2 * M)
    assert stat.nr_anon_transparent_hugepages == 1
    munmap(h.kernel, child, START, 2 * M)
    assert stat.nr_anon_transparent_hugepages == 0
    debug_vm(h.kernel)


def test_a_pinned_page_outlives_its_mapping():
    h = small(8 * K)
    block = h.task.mm.pmds[START >> 21].runs[0][1]
    frame = block.once & -block.once
    block.rare = RareFlags(pins={frame.bit_length() - 1: 1})
    gather = MmuGather(h.kernel, 0)
    before = h.kernel.zones[-1].stat.nr_anon_pages
    gather.remove(block, frame)
    gather.finish()
    assert h.kernel.zones[-1].stat.nr_anon_pages == before - 1
    assert not block.once & frame
    assert not block.pcp & frame


def test_an_empty_gather_frees_nothing():
    h = host()
    freed = h.event("pgfree")
    MmuGather(h.kernel, 0).finish()
    assert h.event("pgfree") == freed


def test_a_merged_page_loses_as_many_mappings_as_are_taken_away():
    from tests.mm.ksm.pages import PAGE, mergeable, put, scan

    h = mergeable(64 * PAGE)
    put(h, 0, [7] * 40)
    scan(h, 2)
    node = h.kernel.ksm.stable[7]
    assert node.block.mapcount(node.frame) == 40
    munmap(h.kernel, h.task, START, 39 * PAGE)
    debug_vm(h.kernel)
    assert node.block.mapcount(node.frame) == 1
    munmap(h.kernel, h.task, START + 39 * PAGE, PAGE)
    debug_vm(h.kernel)
    assert not node.block.rare.stable


def test_a_page_merged_thousands_of_times_loses_all_its_mappings():
    h = small(2 * M)
    ((_, block, shift),) = [run for run in h.task.mm.pmds[START >> 21].runs if run[0] >> 300 & 1]
    frame = 1 << 300 + shift
    gather = MmuGather(h.kernel, 0)
    for _ in range(2999):
        page_dup_rmap(block, frame)
    for _ in range(2999):
        gather.remove(block, frame)
    gather.finish()
    assert block.mapcount(300 + shift) == 1
    debug_vm(h.kernel)
