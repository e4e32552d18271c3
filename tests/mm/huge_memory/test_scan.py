"""khugepaged's rounds: budget, order, cursor."""

import pytest

from tests.mm.huge_memory.scanned import small
from tests.mm.layout import place
from tests.support import START, K, M
from thpsh.boot import start_process
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.huge_memory.mm_slot import register
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.mm.huge_memory.scan import khugepaged_do_scan, khugepaged_scan_mm_slot, verdicts
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.structs.config import BuildConfig
from thpsh.structs.khugepaged import Verdict


def round_of(h, budget):
    h.kernel.khugepaged.pages_to_scan = budget
    khugepaged_do_scan(h.kernel)
    debug_vm(h.kernel)


@pytest.mark.parametrize(("budget", "collapsed"), [(1, 1), (512, 1), (4096, 8)])
def test_a_budget_is_checked_after_each_range(budget, collapsed):
    h = small(slots=10)
    round_of(h, budget)
    assert h.kernel.khugepaged.pages_collapsed == collapsed
    assert h.slots(20 * M) == "H" * collapsed + "F" * (10 - collapsed)


def test_the_next_round_goes_on_where_the_last_one_ended():
    h = small(slots=3)
    round_of(h, 1)
    assert h.kernel.khugepaged.cursor_address == START + 2 * M
    round_of(h, 1)
    assert h.slots(6 * M) == "HHF"


def test_a_collapse_ends_the_call_and_huge_ranges_do_not():
    h = small(slots=4)
    assert khugepaged_scan_mm_slot(h.kernel, 4096) > 512
    before = h.kernel.khugepaged.cursor_address
    assert khugepaged_scan_mm_slot(h.kernel, 513) == 513
    assert h.kernel.khugepaged.cursor_address == before + 2 * M


def test_a_process_with_nothing_to_scan_costs_one_and_one_for_each_vma():
    h = small()
    set_enabled(h.kernel, "madvise")
    assert khugepaged_scan_mm_slot(h.kernel, 4096) == 1 + len(h.task.mm.vmas)


def test_the_end_of_the_list_is_a_full_scan_and_a_round_passes_the_head_once():
    h = small()
    round_of(h, 1 << 20)
    daemon = h.kernel.khugepaged
    assert (daemon.full_scans, daemon.cursor_mm) == (1, None)


def test_a_round_that_began_in_the_middle_goes_on_at_the_head():
    h = small(slots=2)
    daemon = h.kernel.khugepaged
    round_of(h, 513)
    assert daemon.cursor_mm is h.task.mm
    round_of(h, 1 << 20)
    assert daemon.full_scans == 2


def test_only_hinted_memory_is_scanned_under_madvise():
    h = small(slots=2)
    set_enabled(h.kernel, "madvise")
    madvise(h.kernel, h.task, START + 2 * M, 2 * M, Madv.HUGEPAGE)
    round_of(h, 4096)
    assert h.slots(4 * M) == "FH"


def test_memory_that_wants_no_huge_pages_is_passed_over():
    h = small(slots=2)
    madvise(h.kernel, h.task, START, 2 * M, Madv.NOHUGEPAGE)
    round_of(h, 4096)
    assert h.slots(4 * M) == "FH"


def test_a_dead_process_at_the_cursor_costs_one_and_leaves_the_list():
    h = small(slots=2)
    other = start_process(h.machine, "other")
    register(h.kernel, other.mm)
    round_of(h, 1)
    do_exit(h.kernel, h.task)
    daemon = h.kernel.khugepaged
    assert daemon.nr_mms == 2
    assert khugepaged_scan_mm_slot(h.kernel, 4096) == 1
    assert daemon.mms == [other.mm]
    assert (daemon.cursor_mm, daemon.cursor_address) == (other.mm, 0)


def test_a_round_without_any_change_is_quiet():
    h = small()
    round_of(h, 4096)
    assert not h.kernel.khugepaged.quiet
    round_of(h, 4096)
    assert h.kernel.khugepaged.quiet


def test_the_last_look_at_each_range_is_kept():
    h = small(slots=3, pages=4)
    h.kernel.khugepaged.max_ptes_none = 5
    h.write(4 * M, 2 * M)
    place(h, 8 * M, 2 * M)
    h.write(8 * M, 4 * K)
    round_of(h, 1 << 20)
    assert [(address - START >> 21, look.verdict, look.page) for address, look in verdicts(h.task.mm)][:4] == [
        (0, Verdict.NONE_PTES, 9),
        (1, Verdict.NONE_PTES, 9),
        (2, Verdict.NOT_ON_LRU, 508),  # 508 new pages: the last 4 wait in the cache of 14
        (4, Verdict.HUGE, -1),
    ]


def test_builds_without_numa_use_the_page_allocated_ahead_and_count_it_again():
    h = small(build=BuildConfig(numa=False))
    khugepaged_do_scan(h.kernel)
    assert h.kernel.khugepaged.pages_collapsed == 1
    assert h.event("thp_collapse_alloc") == 3  # one ahead, the attempt, one more ahead after it was used
    assert h.kernel.khugepaged.spare is not None
