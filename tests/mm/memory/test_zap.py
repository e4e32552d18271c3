"""Taking mappings away."""

from typing import ClassVar

import pytest

from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.memory.zap import zap_page_range
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.read_file import cache_file, read_file
from thpsh.structs.vma import Vm
from thpsh.trace.events.kmem import MmPageFree


def free_pages(h):
    return sum(zone.free + sum(cpu.count for cpu in zone.pcp) for zone in h.kernel.zones)


def zap(h, vma, start, size):
    zap_page_range(h.kernel, h.task, vma, START + start, START + start + size)
    debug_vm(h.kernel)


def test_dropped_small_pages_come_back_to_the_allocator():
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(8 * M)
    h.write(0, 8 * M)
    before = free_pages(h)
    zap(h, vma, 0, 8 * M)
    assert free_pages(h) == before + 2048
    assert h.slots(8 * M) == "...."


def test_a_whole_huge_page_is_dropped_without_a_split():
    h = host()
    vma = h.map(4 * M)
    h.write(0, 4 * M)
    before = free_pages(h)
    zap(h, vma, 0, 2 * M)
    assert h.slots(4 * M) == ".H"
    assert h.event("thp_split") == 0
    assert free_pages(h) == before + 512 + 1  # and its deposited page table


def test_the_page_table_behind_a_huge_page_is_freed_before_the_page():
    # zap_huge_pmd: pte_free at once, tlb_remove_page when the gather ends
    h = host()
    vma = h.map(4 * M)
    h.write(0, 4 * M)

    class Freed:
        orders: ClassVar = []

        def heard(self, record):
            self.orders.append((record.event.order, record.event.count))

    h.kernel.trace.subscribe(Freed(), MmPageFree)
    zap(h, vma, 0, 4 * M)
    assert Freed.orders == [(0, 2), (9, 2)]


def test_a_part_of_a_huge_page_is_split_first():
    h = host()
    vma = h.map(4 * M)
    h.write(0, 4 * M)
    zap(h, vma, M, 4 * K)
    assert h.slots(4 * M) == "PH"
    assert h.event("thp_split") == 1
    assert h.task.mm.pmds[START >> 21].present.bit_count() == 511


def test_shared_pages_stay_with_the_other_process():
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(2 * M)
    h.write(0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    before = free_pages(h)
    zap(h, vma, 0, 2 * M)
    assert free_pages(h) == before
    assert h.slots(2 * M, task=child) == "F"


@pytest.mark.parametrize(("hint", "activated"), [(0, 16), (Vm.SEQ_READ, 0)])
def test_pages_of_a_file_that_were_used_through_a_mapping_are_noted_as_used_when_it_goes(hint, activated):
    h = host()
    file = cache_file(h.kernel, "/data", 64 * K)
    read_file(h.kernel, h.task, file, 64 * K)
    lru_add_drain_all(h.kernel)
    vma = h.map(64 * K, file=file, flags=Vm.DATA_DEFAULT | hint)
    h.read(0, 64 * K)
    before = h.event("pgactivate")
    zap(h, vma, 0, 64 * K)
    assert h.event("pgactivate") - before == activated
