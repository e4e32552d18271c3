"""The command pagetable."""

import pytest

from tests.commands.typed import with_app


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pagetable app 0x800000000000", "0x800000000000: expected an address of the user half, below 0x7ffffffff000"),
    ],
)
def test_wrong_words_name_themselves_and_change_nothing(line, words):
    t = with_app()
    before = t("cat /proc/app/maps /proc/app/smaps /proc/vmstat")
    assert words in t.fails(line, 2)
    assert t("cat /proc/app/maps /proc/app/smaps /proc/vmstat") == before


def test_pagetable_walks_four_levels():
    t = with_app()
    t("touch app buf 2M; madvise app buf+2M 2M nohugepage; touch app buf+2M 4K; touch app buf+2M+4K 4K --read")
    assert "huge page, frame" in t("pagetable app buf")
    assert "mapped 1x" in t("pagetable app buf+2M")
    assert "the zero page" in t("pagetable app buf+2M+4K")
    assert t("pagetable app buf+8M").splitlines()[-1].split()[-1] == "nothing"


def test_a_poisoned_page_is_told_with_its_frame():
    t = with_app()
    t("touch app buf; madvise app buf+4K 4K hwpoison")
    assert "poisoned, frame 0x" in t("pagetable app buf+4K")


def test_without_an_address_it_is_the_tree():
    host = with_app(memory=1 << 30)
    host("touch app buf 5M; munmap app buf+1M 4K")
    lines = host("pagetable app").splitlines()
    place = lines.index("+- [64] PUD, from 0x200000000000")
    assert lines[place + 1 : place + 6] == [
        "|  `- [0] PMD, from 0x200000000000",
        "|     +- [0] page table: 511 of 512 present",
        "|     |  +- [0-255] 256 small pages: writable dirty young",
        "|     |  `- [257-511] 255 small pages: writable dirty young",
        "|     `- [1-2] 2 x huge page, 2 MiB: writable dirty young",
    ]


def test_pages_of_hugetlbfs_and_what_is_left_of_them():
    t = with_app()
    t("echo 3 > /proc/sys/vm/nr_hugepages; mmap app huge 4M --hugetlb; touch app huge; madvise app huge+2M 4K hwpoison")
    assert "page of hugetlbfs, frame 0x" in t("pagetable app huge")
    assert ", mapped 1x  huge writable dirty young" in t("pagetable app huge")
    assert "poisoned huge page, frame 0x" in t("pagetable app huge+2M")
