from tests.mm.hugetlb.stage import map_huge, pool
from tests.mm.layout import placed
from tests.support import START, K, M
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.raw_page_flags import raw_page_flags
from thpsh.structs.page import ZERO_PFN


def test_flags_of_a_page_are_those_of_x86_64():
    h = placed(2 * M)
    h.write(0, 2 * M)
    lru_add_drain_all(h.kernel)
    pfn = h.task.mm.pmds[START >> 21].block.start_pfn
    # zone DMA32; swapbacked, head, active, lru, uptodate
    assert raw_page_flags(h.kernel, pfn) & ~0x14 == 0x100000000084068
    assert raw_page_flags(h.kernel, pfn + 1) == 0x100000000008000


def test_pages_of_the_pool_are_compound_and_on_no_list():
    h = pool(1)
    map_huge(h, 1)
    h.write(0, 4 * K)
    pfn = h.task.mm.hugetlb[START >> 21].page.block.start_pfn
    assert raw_page_flags(h.kernel, pfn) == 0x100000000004008
    assert raw_page_flags(h.kernel, pfn + 511) == 0x100000000008000


def test_the_zero_page_lies_in_the_image_of_the_kernel():
    assert raw_page_flags(pool(0).kernel, ZERO_PFN) == 0x100000000000404
