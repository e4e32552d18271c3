"""Freeing single pages, blocks and huge pages."""

from tests.support import host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.free_pages import free_block, free_huge_blocks, free_runs
from thpsh.mm.page_alloc import alloc_block, alloc_small
from thpsh.structs.page import Gfp


def test_a_freed_huge_page_goes_past_the_per_cpu_lists():
    h = host()
    zone = h.kernel.zones[-1]
    before = (zone.free, zone.pcp[0].count)
    block, _ = alloc_block(h.kernel, 0, 9, Gfp.TRANSHUGE)
    assert zone.free == before[0] - 512
    free_huge_blocks(h.kernel, [block])
    assert (zone.free, zone.pcp[0].count) == before
    debug_vm(h.kernel)


def test_a_freed_block_counts_all_its_pages():
    h = host()
    freed = h.event("pgfree")
    block, first = alloc_block(h.kernel, 0, 3, Gfp.KERNEL)
    free_block(h.kernel, block, first, 3)
    assert h.event("pgfree") == freed + 8


def test_freed_single_pages_wait_in_the_list_of_the_cpu():
    h = host()
    zone = h.kernel.zones[-1]
    runs = alloc_small(h.kernel, 0, 5, Gfp.HIGHUSER_MOVABLE)
    held = zone.pcp[0].count
    free_runs(h.kernel, 0, runs)
    assert zone.pcp[0].count == held + 5
    debug_vm(h.kernel)
