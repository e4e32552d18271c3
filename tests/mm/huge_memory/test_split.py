"""Splitting huge pages (traces split-*)."""

import pytest

from tests.support import START, M, host
from thpsh.errors import KernelPanic, ModelBug
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.huge_memory.split import huge_mappings, split_huge_page, split_huge_page_pmd, vma_adjust_trans_huge
from thpsh.mm.lru import lru_position
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.shmem import dev_zero
from thpsh.structs.bits import FULL
from thpsh.structs.page import Lru
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason, ThpSplit

WHY = SplitReason.VMA_BOUNDARY


def mapped(drain=True):
    h = host()
    vma = h.map(4 * M)
    h.write(0, 4 * M)
    if drain:
        lru_add_drain_all(h.kernel)
    return h, vma


def test_the_page_is_split_in_all_processes_that_map_it():
    h, _ = mapped()
    child = fork(h.kernel, h.task, "child")
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, WHY)
    debug_vm(h.kernel)
    assert h.slots(4 * M) == h.slots(4 * M, task=child) == "FH"
    assert h.event("thp_split") == 1
    event = [r.event for r in h.machine.trace.records if isinstance(r.event, ThpSplit)][-1]
    assert (event.mappings, event.reason) == (2, WHY)
    assert event.addresses == ((h.task.mm.number, START), (child.mm.number, START))


def test_the_new_entries_are_dirty_and_writable_as_the_huge_one_was():
    h, _ = mapped()
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, WHY)
    table = h.task.mm.pmds[START >> 21]
    assert (table.present, table.dirty, table.writable, table.young) == (FULL, FULL, FULL, FULL)
    assert h.write(0, 2 * M).minor == 0


def test_after_fork_the_entries_stay_protected():
    h, _ = mapped()
    child = fork(h.kernel, h.task, "child")
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, WHY)
    assert h.task.mm.pmds[START >> 21].writable == 0
    assert child.mm.pmds[START >> 21].young == 0


def test_the_deposited_page_table_is_used():
    h, _ = mapped()
    deposits, tables = len(h.task.mm.deposits), h.task.mm.nr_ptes
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, WHY)
    assert (len(h.task.mm.deposits), h.task.mm.nr_ptes) == (deposits - 1, tables + 1)


def test_tails_stand_just_newer_than_the_head_the_first_tail_newest():
    h, _ = mapped()
    block = h.task.mm.pmds[START >> 21].block
    split_huge_page(h.kernel, block, WHY)
    listed = block.zone.lruvec.lists[Lru.ACTIVE_ANON]
    order = [pfn + i for pfn, length in lru_position(listed) for i in range(length)]
    mine = [pfn - block.start_pfn for pfn in order if pfn >> 9 == block.index]
    assert mine[0] == 0
    assert set(mine) == set(range(512))
    debug_vm(h.kernel)


def test_a_page_still_in_a_cache_leaves_its_tails_inactive():
    h, _ = mapped(drain=False)
    zone = h.kernel.zones[-1]
    before = zone.lruvec.lists[Lru.INACTIVE_ANON].nr_pages
    split_huge_page(h.kernel, h.task.mm.pmds[START >> 21].block, WHY)
    debug_vm(h.kernel)
    assert zone.lruvec.lists[Lru.INACTIVE_ANON].nr_pages == before + 511


def test_counters_move_from_huge_to_small_pages():
    h, _ = mapped()
    stat = h.kernel.zones[-1].stat
    small = stat.nr_anon_pages
    split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, WHY)
    assert (stat.nr_anon_transparent_hugepages, stat.nr_anon_pages) == (1, small + 512)


def test_mappings_are_found_in_the_order_of_the_forks():
    h, _ = mapped()
    first = fork(h.kernel, h.task, "first")
    second = fork(h.kernel, h.task, "second")
    block = h.task.mm.pmds[START >> 21].block
    assert [vma.mm for vma, _ in huge_mappings(block)] == [h.task.mm, first.mm, second.mm]


def test_only_boundaries_inside_a_huge_page_split_it():
    h, vma = mapped()
    vma_adjust_trans_huge(h.kernel, vma, START, START + 2 * M, 0, None)
    assert h.slots(4 * M) == "HH"
    vma_adjust_trans_huge(h.kernel, vma, START + M, START + 4 * M, 0, None)
    assert h.slots(4 * M) == "FH"


def test_before_commit_25_a_moving_boundary_does_not_split():
    h, vma = mapped()
    from dataclasses import replace

    h.kernel.features = replace(h.kernel.features, vma_adjust_splits=False)
    vma_adjust_trans_huge(h.kernel, vma, START + M, START + 4 * M, 0, None)
    assert h.slots(4 * M) == "HH"


def test_shared_mappings_have_nothing_to_split():
    h, vma = mapped()
    split_huge_page_pmd(h.kernel, h.task.mm, (START >> 21) + 9, WHY)
    assert h.event("thp_split") == 0
    assert vma.flags & Vm.WRITE


@pytest.mark.parametrize(("spec", "line"), [({"revert": ("25",)}, 1368), ({"kernel": "2.6.38"}, 1357)])
def test_a_huge_page_across_two_vmas_is_copied_twice_by_fork_and_stops_the_kernel_when_it_is_split(spec, line):
    # VMA boundaries do not split it before commit 25, nor that of /dev/zero before 5
    h = host(**spec)
    h.map(4 * M, file=dev_zero(h.kernel) if "kernel" in spec else None)
    h.write(0, 4 * M)
    madvise(h.kernel, h.task, START, M, Madv.NOHUGEPAGE)
    assert h.slots(4 * M) == "HH"
    child = fork(h.kernel, h.task, "child")
    with pytest.raises(KernelPanic):
        do_exit(h.kernel, child)
    log = [text for _, text in h.machine.dmesg.lines]
    assert log[log.index("mapcount 2 page_mapcount 3") + 2] == f"kernel BUG at mm/huge_memory.c:{line}!"
    assert any(text.startswith(f"Pid: {child.pid}, comm: child ") for text in log)


def test_elsewhere_a_wrong_mapcount_is_a_fault_of_the_model():
    h, _ = mapped()
    h.task.mm.pmds[START >> 21].block.huge_mapcount = 2
    with pytest.raises(ModelBug):
        split_huge_page_pmd(h.kernel, h.task.mm, START >> 21, WHY)
