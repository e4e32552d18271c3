"""The page tables of a process as a tree."""

from tests.mm.hugetlb.stage import map_huge, pool
from tests.support import START, K, M, host
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.observe.page_tree import tree_rows


def rows(h):
    """Those of the regions, not of the program."""
    found = [text for _, text in tree_rows(h.task.mm)]
    return found[found.index(f"[64] PUD, from {START >> 39 << 39:#x}") + 2 :]


def test_equal_entries_are_told_together():
    h = host(memory=1024 * M)
    h.map(8 * M)
    h.write(0, 6 * M)
    assert rows(h)[0] == "[0-2] 3 x huge page, 2 MiB: writable dirty young"


def test_small_pages_are_told_with_their_bits():
    h = host(memory=1024 * M, cmdline="transparent_hugepage=never")
    h.map(2 * M)
    h.write(0, 8 * K)
    h.read(16 * K, 4 * K)
    assert rows(h)[:3] == [
        "[0] page table: 3 of 512 present",
        "[0-1] 2 small pages: writable dirty young",
        "[4] small page: young zero page",
    ]


def test_many_stretches_are_counted():
    h = host(memory=1024 * M, cmdline="transparent_hugepage=never")
    h.map(2 * M)
    for page in range(0, 32, 2):
        h.write(page * 4 * K, 4 * K)
    found = rows(h)
    assert found[0] == "[0] page table: 16 of 512 present"
    assert found[7] == "... 10 stretches more"


def test_pages_of_hugetlbfs_stand_among_the_others():
    h = pool(3)
    map_huge(h, 2)
    h.write(0, 4 * M)
    madvise(h.kernel, h.task, START + 2 * M, 4 * K, Madv.HWPOISON)
    assert rows(h)[:2] == ["[0] page of hugetlbfs, 2 MiB: writable dirty young", "[1] poisoned huge page"]
