"""Kernels that keep the promises (--intended)."""

from tests.support import START, M, host
from thpsh.mm.fault import TouchMode, touch
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv


def test_a_machine_below_1_gb_is_small_only_where_the_promise_is_kept():
    assert host(memory=768 * M).kernel.thp.enabled
    assert not host(memory=768 * M, intended=True).kernel.thp.enabled


def test_advice_on_touched_memory_registers_only_where_the_promise_is_kept():
    for intended in (False, True):
        h = host(memory=1200 * M, cmdline="transparent_hugepage=madvise", intended=intended)
        h.map(4 * M)
        touch(h.kernel, h.task, START, 4096, TouchMode())
        madvise(h.kernel, h.task, START, 4 * M, Madv.HUGEPAGE)
        assert h.task.mm.khugepaged is intended
