"""What becomes of the pages of a batch."""

from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin, unpin
from thpsh.mm.huge_memory.split import split_huge_page_pmd
from thpsh.mm.isolate import Taken, isolate_lru_pages
from thpsh.mm.page_flags import rare_flags
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.rmap_unmap import page_referenced
from thpsh.mm.scan_control import ScanControl
from thpsh.mm.shrink_page_list import shrink_page_list
from thpsh.structs.bits import FULL, indices
from thpsh.structs.page import Lru
from thpsh.trace.events.huge_memory import SplitReason


def shrink(h, count, *, young=False):
    """Take the oldest active pages, whoever owns them, and shrink them; returns pages freed and looked at."""
    zone = h.kernel.zones[-1]
    batch = isolate_lru_pages(h.kernel, zone, None, Lru.ACTIVE_ANON, count)
    for block, mask, _ in batch:
        block.active &= ~mask
        if not young:
            page_referenced(h.kernel, block, mask, None)
    sc = ScanControl(h.kernel, 0, 32, 60)
    freed = shrink_page_list(sc, batch)
    debug_vm(h.kernel)
    return freed, sc.scanned


def test_unused_pages_go_to_swap_and_mapped_ones_weigh_double():
    h = with_swap()
    touched(h, 2 * M)
    assert shrink(h, 100) == (100, 200)
    assert h.event("pswpout") == 100
    assert h.kernel.zones[-1].stat.nr_vmscan_write == 100


def test_used_pages_become_active():
    h = with_swap()
    touched(h, 2 * M)
    assert shrink(h, 100, young=True) == (0, 200)
    assert (h.event("pgactivate"), h.event("pswpout")) == (100, 0)


def test_without_swap_pages_become_active():
    h = host(cmdline="transparent_hugepage=never")
    touched(h, 2 * M)
    assert shrink(h, 50)[0] == 0
    assert h.event("pgactivate") == 50


def test_of_a_huge_page_only_the_head_goes():
    h = with_swap(huge=True)
    touched(h, 2 * M)
    everything = h.kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON].nr_pages
    shrink(h, everything)
    assert h.event("thp_split") == 1
    assert (list(table(h).swapped), table(h).present) == ([0], FULL ^ 1)


def test_a_pinned_page_is_unmapped_but_keeps_its_frame_in_the_swap_cache():
    h = with_swap()
    touched(h, 64 * K)
    pin(h.kernel, h.task, START, 4 * K)
    everything = h.kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON].nr_pages
    freed, _ = shrink(h, everything)
    assert freed == everything - 1
    assert (len(table(h).swapped), h.kernel.swap.cached) == (16, 1)
    report = h.read(0, 4 * K)
    assert (report.minor, report.major) == (1, 0)
    unpin(h.kernel, h.task)
    debug_vm(h.kernel)


def test_pages_that_stay_go_back_after_the_whole_batch():
    h = with_swap(huge=True)
    h.map(4 * M)
    h.write(0, 2 * M)
    lru_add_drain_all(h.kernel)
    zone = h.kernel.zones[-1]
    batch = isolate_lru_pages(h.kernel, zone, None, Lru.ACTIVE_ANON, 10_000)
    small = [taken for taken in batch if not taken.block.huge]
    assert small
    assert batch[-1].block.huge
    for block, mask, _ in batch:
        block.active &= ~mask
        if block.huge:
            page_referenced(h.kernel, block, mask, None)
        else:
            pin_all(h, block, mask)
            page_referenced(h.kernel, block, mask, None)
    shrink_page_list(ScanControl(h.kernel, 0, 32, 60), batch)
    order = [entry.block for entry in zone.lruvec.lists[Lru.INACTIVE_ANON].from_oldest()]
    assert order[0] is batch[-1].block  # the tails of the split page came first
    assert order[-1] is small[-1].block


def pin_all(h, block, mask):
    """Somebody holds the pages."""
    rare = rare_flags(h.kernel, block)
    for frame in indices(mask):
        rare.pins[frame] = 1


def test_slots_are_given_out_in_the_order_of_the_list():
    h = with_swap(huge=True)
    touched(h, 2 * M)
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, SplitReason.VMA_BOUNDARY)
    everything = h.kernel.zones[-1].lruvec.lists[Lru.ACTIVE_ANON].nr_pages
    shrink(h, everything)
    swapped = table(h).swapped
    assert sorted(swapped, key=swapped.get) == [0, *range(511, 0, -1)]


def test_pages_whose_slots_others_of_the_batch_got_stay_mapped():
    """Swap is full but for slots that only cache a page in memory: who needs one takes it from there."""
    h = with_swap(512 * K)
    touched(h, 128 * K)
    push_out(h, 16)
    h.read(0, 128 * K)  # swap is not half full yet: they keep their slots
    lru_add_drain_all(h.kernel)
    assert h.kernel.swap.cached >= 16
    h.map(1 * M, start=START + 4 * M)
    h.write(4 * M, 1 * M)
    lru_add_drain_all(h.kernel)
    shrink(h, 80)  # now it is
    h.kernel.swap.devices[0].cluster_next = 1  # the search begins at their slots
    zone = h.kernel.zones[-1]
    batch = []
    for kind in (Lru.INACTIVE_ANON, Lru.ACTIVE_ANON):
        batch += isolate_lru_pages(h.kernel, zone, None, kind, 512)
    joined = {}
    for block, mask, _ in batch:
        joined[block] = joined.get(block, 0) | mask
    for block, mask in joined.items():
        block.active &= ~mask
        page_referenced(h.kernel, block, mask, None)
    shrink_page_list(ScanControl(h.kernel, 0, 32, 60), [Taken(block, mask) for block, mask in joined.items()])
    debug_vm(h.kernel)
    assert h.kernel.swap.free == 0
