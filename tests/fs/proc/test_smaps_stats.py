"""The numbers of one VMA, by hand."""

from __future__ import annotations

import time

from tests.support import START, G, K, M, host
from thpsh.fs.proc.smaps_stats import mapcounts, vma_stats
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.structs.page_table import PageTable

DONTNEED, NOHUGEPAGE = 4, 15


def test_a_huge_page_is_divided_by_its_processes() -> None:
    app = host()
    vma = app.map(2 * M)
    app.write(0, 1)
    rows = vma_stats(app.kernel, vma).kilobytes()
    assert (rows["Rss"], rows["Pss"], rows["Private_Dirty"], rows["AnonHugePages"]) == (2048, 2048, 2048, 2048)
    for _ in range(2):
        fork(app.kernel, app.task, "child")
    rows = vma_stats(app.kernel, vma).kilobytes()
    assert (rows["Rss"], rows["Pss"], rows["Shared_Dirty"], rows["Private_Dirty"]) == (2048, 682, 2048, 0)


def test_a_huge_page_across_the_end_of_a_vma_counts_in_full_on_both_sides() -> None:
    # smaps_pte_range: HPAGE_PMD_SIZE, whatever part of the PMD the VMA has
    app = host(revert=("25",))
    app.map(2 * M)
    app.write(0, 1)
    madvise(app.kernel, app.task, START, M, NOHUGEPAGE)
    below, above = app.task.mm.vma_at(START), app.task.mm.vma_at(START + M)
    for vma in (below, above):
        rows = vma_stats(app.kernel, vma).kilobytes()
        assert (rows["Size"], rows["Rss"], rows["Anonymous"], rows["AnonHugePages"]) == (1024, 2048, 2048, 2048)


def test_shares_of_small_pages_round_down_page_by_page() -> None:
    app = host()
    app.enabled("never")
    vma = app.map(2 * M)
    app.write(0, 12 * K)
    fork(app.kernel, app.task, "B")
    fork(app.kernel, app.task, "C")
    stats = vma_stats(app.kernel, vma)
    assert stats.pss == 3 * ((4096 << 12) // 3)
    app.write(0, 4 * K)  # a copy of its own
    stats = vma_stats(app.kernel, vma)
    assert stats.pss == 2 * ((4096 << 12) // 3) + (4096 << 12)
    rows = stats.kilobytes()
    assert (rows["Shared_Dirty"], rows["Private_Dirty"], rows["Pss"]) == (8, 4, 6)


def test_mapcounts_are_sorted_into_groups() -> None:
    app = host()
    app.enabled("never")
    vma = app.map(2 * M)
    app.write(0, 16 * K)
    children = [fork(app.kernel, app.task, f"C{number}") for number in range(4)]
    madvise(app.kernel, children[0], START, 4 * K, DONTNEED)
    table = vma.mm.pmds[START >> 21]
    assert isinstance(table, PageTable)
    pages, block, shift = table.runs[0]
    groups = dict(mapcounts(block, pages << shift if shift >= 0 else pages >> -shift))
    assert {count: frames.bit_count() for count, frames in groups.items()} == {4: 1, 5: 3}


def test_the_zero_page_counts_nowhere() -> None:
    app = host()
    app.enabled("never")
    vma = app.map(2 * M)
    app.read(0, 64 * K)
    rows = vma_stats(app.kernel, vma).kilobytes()
    assert {name: number for name, number in rows.items() if number} == {
        "Size": 2048, "KernelPageSize": 4, "MMUPageSize": 4
    }  # fmt: skip


def test_entries_that_are_not_present_count_as_swap() -> None:
    app = host()
    app.enabled("never")
    vma = app.map(2 * M)
    app.write(0, 4 * K)
    table = vma.mm.pmds[START >> 21]
    assert isinstance(table, PageTable)
    table.swapped = {7: 1, 9: 2}
    assert vma_stats(app.kernel, vma).kilobytes()["Swap"] == 8


def test_only_the_pages_of_the_vma_count() -> None:
    app = host()
    app.enabled("never")
    low = app.map(1 * M)
    high = app.map(1 * M, START + 1 * M)
    app.write(0, 2 * M)
    assert [vma_stats(app.kernel, vma).kilobytes()["Rss"] for vma in (low, high)] == [1024, 1024]


def test_three_gigabytes_of_small_pages_take_no_loop_over_pages() -> None:
    app = host(memory=6 * G)
    app.enabled("never")
    vma = app.map(3 * G)
    app.write(0, 3 * G)
    fork(app.kernel, app.task, "B")
    fork(app.kernel, app.task, "C")
    before = time.perf_counter()
    rows = vma_stats(app.kernel, vma).kilobytes()
    assert time.perf_counter() - before < 0.25
    assert (rows["Rss"], rows["Pss"]) == (3 << 20, ((3 << 18) * ((4096 << 12) // 3)) >> 22)
