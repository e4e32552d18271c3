"""One huge page in the place of a page table: the row of the fact sheet §8.8, and what goes wrong."""

from tests.mm.huge_memory.scanned import small
from tests.support import START, K, M
from thpsh.mm.cgroup import cgroup_create
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.huge_memory.collapse import collapse_huge_page
from thpsh.mm.mlock import mlock
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.bits import FULL, indices, shifted
from thpsh.structs.khugepaged import Verdict
from thpsh.structs.page_table import HugePmd
from thpsh.trace.events.huge_memory import ThpCollapseAlloc
from thpsh.trace.events.printk import Printk

SLOT = START >> 21


def collapse(h, slot=SLOT):
    return collapse_huge_page(h.kernel, h.task.mm.vma_at(slot << 21), slot, 0)


def stats(h):
    zones = h.kernel.zones
    return {
        "anon": sum(zone.stat.nr_anon_pages for zone in zones),
        "gauge": sum(zone.stat.nr_anon_transparent_hugepages for zone in zones),
        "tables": sum(zone.stat.nr_page_table_pages for zone in zones),
        "rss": h.task.mm.anon_rss,
        "ptes": h.task.mm.nr_ptes,
        "alloc": h.event("pgalloc_dma32") + h.event("pgalloc_normal"),
        "collapse": h.event("thp_collapse_alloc"),
        "collapsed": h.kernel.khugepaged.pages_collapsed,
    }


def moved(before, after):
    return {name: after[name] - value for name, value in before.items()}


def test_the_deltas_of_a_collapse_of_100_pages():
    h = small(pages=100)
    before = stats(h)
    assert collapse(h) == (Verdict.COLLAPSED, -1)
    assert moved(before, stats(h)) == {
        "anon": -100, "gauge": 1, "tables": 0, "rss": 412, "ptes": -1, "alloc": 512, "collapse": 1, "collapsed": 1,
    }  # fmt: skip
    assert isinstance(h.task.mm.pmds[SLOT], HugePmd)
    debug_vm(h.kernel)
    lru_add_drain_all(h.kernel)
    debug_vm(h.kernel)


def test_up_to_13_old_pages_outlive_the_collapse_in_an_lru_cache():
    h = small(pages=512)
    collapse(h)
    assert h.kernel.cpus[0].pagevecs[1].nr == 512 % 14 + 1  # and the huge page itself
    before = h.event("pgfree")
    lru_add_drain_all(h.kernel)
    assert h.event("pgfree") - before == 512 % 14
    debug_vm(h.kernel)


def test_contents_move_along():
    h = small(pages=3)
    h.write(4 * K, 4 * K, value=7)
    collapse(h)
    block = h.task.mm.pmds[SLOT].block
    assert [block.content(frame) for frame in range(4)] == [0x5A, 7, 0x5A, 0]


def test_a_split_after_a_collapse_finds_its_page_table():
    h = small()
    collapse(h)
    assert len(h.task.mm.deposits) == 1
    h.kernel.own(h.task.mm)
    mlock(h.kernel, h.task, START, 4 * K)
    assert h.slots(2 * M) == "F"
    debug_vm(h.kernel)


def test_a_locked_range_becomes_a_locked_huge_page():
    h = small()
    mlock(h.kernel, h.task, START, 2 * M)
    assert collapse(h)[0] is Verdict.COLLAPSED
    zones = h.kernel.zones
    assert sum(zone.stat.nr_mlock for zone in zones) == 1  # the quirk of §10.5
    debug_vm(h.kernel)
    lru_add_drain_all(h.kernel)
    assert h.event("unevictable_pgs_mlockfreed") == 512, "the old pages went with their mark"


def test_without_a_free_block_the_range_stays_as_it_is():
    h = small(memory=600 * M)
    for zone in h.kernel.zones:
        h.kernel.own(zone)
        zone.min_wmark = zone.low_wmark = zone.high_wmark = zone.free
    before = stats(h)
    assert collapse(h) == (Verdict.ALLOC_FAILED, -1)
    assert moved(before, stats(h)) == dict.fromkeys(before, 0)
    assert h.event("thp_collapse_alloc_failed") == 1
    assert h.kernel.khugepaged.failed_allocation


class Meanwhile:
    """While the huge page is being allocated, bits of the page table are cleared."""

    def __init__(self, h, name, mask):
        self.kernel, self.table, self.name, self.mask = h.kernel, h.task.mm.pmds[SLOT], name, mask
        h.kernel.trace.subscribe(self, ThpCollapseAlloc)

    def heard(self, record):
        if isinstance(record.event, ThpCollapseAlloc):
            setattr(self.table, self.name, getattr(self.table, self.name) & ~self.mask)
            self.kernel.trace.emit(Printk("something else happened"))


def waiting(h):
    """The pages of the slot that wait in the LRU cache, in order."""
    order = []
    for block, mask in h.kernel.cpus[0].pagevecs[1].entries:
        for pages, source, shift in h.task.mm.pmds[SLOT].runs:
            if source is block:
                order += reversed(list(indices(shifted(mask, -shift) & pages)))
    return order


def test_a_page_that_will_not_do_at_the_second_look_sends_the_others_back():
    h = small()
    Meanwhile(h, "writable", 1 << 20)
    free = sum(zone.free for zone in h.kernel.zones)
    assert collapse(h) == (Verdict.READ_ONLY, 20)
    assert sum(zone.free for zone in h.kernel.zones) == free
    assert waiting(h) == [5, 4, 3, 2, 1, 0]  # release_pte_pages goes backwards, so the lowest wait
    assert h.event("thp_collapse_alloc") == 1
    debug_vm(h.kernel)


def test_if_reclaim_has_made_all_pages_old_meanwhile_all_go_back():
    h = small()
    Meanwhile(h, "young", FULL)
    for block in {block for _, block, _ in h.task.mm.pmds[SLOT].runs}:
        block.referenced = 0
    assert collapse(h) == (Verdict.UNREFERENCED, -1)
    assert len(waiting(h)) == 512 % 14
    debug_vm(h.kernel)


def test_a_group_without_room_keeps_its_small_pages():
    h = small()
    group = cgroup_create(h.kernel, h.kernel.root_memcg, "g")
    h.task.mm.memcg = group
    group.res.limit = M
    before = stats(h)
    assert collapse(h) == (Verdict.CHARGE_FAILED, -1)
    assert moved(before, stats(h)) == {**dict.fromkeys(before, 0), "collapse": 1, "alloc": 512}
    assert (group.res.usage, group.res.failcnt) == (0, 1)
