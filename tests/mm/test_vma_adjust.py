from dataclasses import replace

import pytest

from tests.mm.layout import layout, place, placed, vma
from tests.support import START, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mprotect import mprotect
from thpsh.mm.vma_adjust import boundary_down, split_vma, vma_adjust
from thpsh.structs.page import PAGE_SHIFT


def test_a_vma_is_cut_in_two_and_both_parts_share_the_anon_vma():
    h = placed(4 * M)
    h.write(0, 4 * K)
    low = vma(h)
    high = split_vma(h.kernel, h.task, low, START + 2 * M, new_below=False)
    assert layout(h) == [(0, 2048, "rw"), (2048, 2048, "rw")]
    assert high is vma(h, 2 * M)
    assert high.pgoff == (START >> PAGE_SHIFT) + 512
    assert high.anon_vma is low.anon_vma
    assert high in low.anon_vma.vmas
    debug_vm(h.kernel)


def test_the_new_vma_may_be_the_lower_one():
    h = placed(4 * M)
    old = vma(h)
    low = split_vma(h.kernel, h.task, old, START + 1 * M, new_below=True)
    assert (low.start, low.end) == (START, START + 1 * M)
    assert (old.start, old.pgoff) == (START + 1 * M, (START >> PAGE_SHIFT) + 256)


def test_a_cut_through_a_huge_page_splits_it_first():
    h = placed(4 * M)
    h.write(0, 4 * M, step=2 * M)
    split_vma(h.kernel, h.task, vma(h), START + 1 * M, new_below=False)
    assert h.slots(4 * M) == "FH"
    assert h.event("thp_split") == 1
    debug_vm(h.kernel)


def test_a_cut_at_a_slot_boundary_splits_nothing():
    h = placed(4 * M)
    h.write(0, 4 * M, step=2 * M)
    split_vma(h.kernel, h.task, vma(h), START + 2 * M, new_below=True)
    assert h.slots(4 * M) == "HH"
    assert h.event("thp_split") == 0


def test_before_commit_25_a_moving_boundary_left_the_huge_page_whole():
    h = placed(2 * M)
    h.write(0, 4 * K)
    h.kernel.features = replace(h.kernel.features, vma_adjust_splits=False)
    split_vma(h.kernel, h.task, vma(h), START + 1 * M, new_below=False)
    assert h.slots(2 * M) == "H"
    debug_vm(h.kernel)


def test_at_max_map_count_nothing_is_cut():
    h = placed(4 * M)
    h.kernel.sysctl.max_map_count = len(h.task.mm.vmas)
    with pytest.raises(KernelError) as error:
        split_vma(h.kernel, h.task, vma(h), START + 1 * M, new_below=False)
    assert error.value.errno is Errno.ENOMEM
    assert layout(h) == [(0, 4096, "rw")]


def test_growing_over_two_neighbours_removes_both():
    h = placed(3 * M)
    mprotect(h.kernel, h.task, START + 1 * M, 1 * M, 1)
    low = vma(h)
    vma_adjust(h.kernel, low, low.start, START + 3 * M, low.pgoff)
    assert layout(h) == [(0, 3072, "rw")]


def test_growing_into_a_neighbour_moves_the_boundary_up():
    h = placed(4 * M)
    split_vma(h.kernel, h.task, vma(h), START + 1 * M, new_below=False)
    low = vma(h)
    vma_adjust(h.kernel, low, low.start, START + 3 * M, low.pgoff)
    assert layout(h) == [(0, 3072, "rw"), (3072, 1024, "rw")]
    assert vma(h, 3 * M).pgoff == (START >> PAGE_SHIFT) + 768
    assert START + 3 * M in h.task.mm.starts


def test_giving_the_upper_part_away_moves_the_boundary_down():
    h = placed(4 * M)
    split_vma(h.kernel, h.task, vma(h), START + 3 * M, new_below=False)
    boundary_down(h.kernel, vma(h), START + 1 * M)
    assert layout(h) == [(0, 1024, "rw"), (1024, 3072, "rw")]
    assert vma(h, 1 * M).pgoff == (START >> PAGE_SHIFT) + 256


def test_an_untouched_vma_that_takes_over_pages_imports_the_anon_vma():
    h = placed(2 * M)
    h.enabled("never")
    split_vma(h.kernel, h.task, vma(h), START + 1 * M, new_below=False)
    h.write(1 * M, 1 * M)
    low, high = vma(h), vma(h, 1 * M)
    assert low.anon_vma is None
    vma_adjust(h.kernel, low, low.start, START + 1536 * K, low.pgoff)
    assert low.anon_vma is high.anon_vma
    debug_vm(h.kernel)


def test_growing_into_free_space_touches_nobody():
    h = placed(1 * M)
    place(h, 8 * M, 1 * M)
    low = vma(h)
    vma_adjust(h.kernel, low, low.start, START + 2 * M, low.pgoff)
    assert layout(h) == [(0, 2048, "rw"), (8192, 1024, "rw")]
