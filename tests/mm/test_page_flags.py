from tests.support import K, host
from thpsh.mm.page_flags import ksm_pages, poisoned, rare_flags


def test_a_pageblock_has_no_rare_flags_until_one_is_set():
    h = host()
    vma = h.map(2 * 1024 * K)
    h.write(0, 4 * K)
    block = vma.mm.pmds[vma.start >> 21].block
    assert block.rare is None
    assert (poisoned(block), ksm_pages(block)) == (0, 0)
    rare = rare_flags(h.kernel, block)
    rare.hwpoison, rare.ksm = 5, 6
    assert rare_flags(h.kernel, block) is rare
    assert (poisoned(block), ksm_pages(block)) == (5, 6)


def test_a_change_after_a_snapshot_is_saved_first():
    h = host()
    vma = h.map(2 * 1024 * K)
    h.write(0, 4 * K)
    block = vma.mm.pmds[vma.start >> 21].block
    h.kernel.journal.epoch += 1
    assert rare_flags(h.kernel, block).epoch == h.kernel.epoch
    assert block.epoch == h.kernel.epoch
