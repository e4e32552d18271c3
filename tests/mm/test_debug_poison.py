import pytest

from tests.mm.hugetlb.stage import map_huge, pool
from tests.mm.layout import placed
from tests.support import START, K, M
from thpsh.errors import ModelBug
from thpsh.mm.buddy import pageblock_at
from thpsh.mm.debug_poison import check_poison
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.frames import pfn_to_block
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.page_flags import rare_flags
from thpsh.structs.swap_entry import SWP_HWPOISON, swp_entry


@pytest.fixture
def failed():
    """A host one page of which is lost, and the page table that says so."""
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 2 * M)
    madvise(h.kernel, h.task, START + 4 * K, 4 * K, Madv.HWPOISON)
    debug_vm(h.kernel)
    return h, h.task.mm.pmds[START >> 21]


def test_more_lost_pages_than_are_counted(failed):
    h, _ = failed
    h.kernel.totals.hwpoison_pages = 0
    with pytest.raises(ModelBug, match="1 poisoned pages, but HardwareCorrupted counts 0"):
        debug_vm(h.kernel)


def test_an_entry_that_names_a_healthy_frame(failed):
    h, table = failed
    (block, shift) = table.runs[0][1:]
    table.swapped = {1: swp_entry(SWP_HWPOISON, block.start_pfn + shift)}
    with pytest.raises(ModelBug, match="which is not so"):
        debug_vm(h.kernel)


def test_an_entry_beside_a_present_page(failed):
    h, table = failed
    table.swapped = {0: table.swapped[1]}
    with pytest.raises(ModelBug, match="present and holds a swap entry"):
        debug_vm(h.kernel)


def free_block(h):
    """A pageblock with an object, wholly free."""
    zone = h.kernel.zones[-1]
    return pageblock_at(h.kernel, zone, zone.area.virgin[0][0])


def seen(h):
    h.kernel.totals.hwpoison_seen = True
    h.kernel.totals.hwpoison_pages = 1000


def test_pages_that_are_lost_and_still_used():
    h = placed(2 * M)
    h.write(0, 4 * K)
    seen(h)
    block = pfn_to_block(h.kernel, h.task.mm.pgd_page)
    rare_flags(h.kernel, block).lost = 1 << h.task.mm.pgd_page % 512
    with pytest.raises(ModelBug, match="are lost, but free or in use"):
        check_poison(h.kernel, [])


def test_free_pages_that_lack_a_reference():
    h = placed(2 * M)
    seen(h)
    block = next(run for held in h.kernel.zones[-1].pcp[0].lists for run in held.runs)[0]
    rare_flags(h.kernel, block).uncounted = block.pcp
    with pytest.raises(ModelBug, match="lack a reference and are free"):
        check_poison(h.kernel, [])


def test_references_below_one():
    h = placed(2 * M)
    rare_flags(h.kernel, free_block(h)).pins[3] = 0
    with pytest.raises(ModelBug, match="references"):
        check_poison(h.kernel, [])


def test_poison_that_the_allocator_does_not_look_for():
    h = placed(2 * M)
    h.kernel.totals.hwpoison_pages = 1
    rare_flags(h.kernel, free_block(h)).hwpoison = 1
    with pytest.raises(ModelBug, match="does not look"):
        check_poison(h.kernel, [])


def test_a_page_of_the_pool_that_is_poisoned_in_part():
    h = pool(1)
    seen(h)
    rare_flags(h.kernel, h.kernel.hugetlb.nodes[0].free[0].block).hwpoison = 0b11
    with pytest.raises(ModelBug, match="poisoned in part"):
        check_poison(h.kernel, [])


@pytest.mark.parametrize(
    ("slot", "pfn", "what"),
    [(0, None, "says that frame"), (1, None, "outside of such a mapping"), (0, 3, "is no huge page")],
)
def test_poison_entries_of_huge_pages(slot, pfn, what):
    h = pool(3)
    map_huge(h, 1)
    found = h.kernel.hugetlb.nodes[0].free[0].block.start_pfn if pfn is None else pfn
    h.task.mm.hugetlb_lost[(START >> 21) + slot] = found
    with pytest.raises(ModelBug, match=what):
        check_poison(h.kernel, [h.task.mm])
