"""Faulting in what a range needs."""

import pytest

from tests.mm.groups import PAGE, in_group
from tests.mm.layout import placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.memory.fault import handle_range
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapon import swapon
from thpsh.structs.swap_entry import SWP_MIGRATION_READ, swp_entry


def faults(h, offset, size, write=True):
    start = START + offset
    tally = handle_range(h.kernel, h.task, vma(h, offset), start, start + size, write)
    debug_vm(h.kernel)
    return tally.minor, tally.major


def small(size):
    h = placed(size)
    h.enabled("never")
    return h


def test_one_fault_a_page_or_a_huge_page():
    assert faults(small(4 * M), 0, 4 * M) == (1024, 0)
    assert faults(placed(4 * M), 0, 4 * M) == (2, 0)


def test_what_is_there_needs_no_fault():
    h = placed(4 * M)
    faults(h, 0, 4 * M)
    assert faults(h, 0, 4 * M) == (0, 0)
    assert faults(h, 0, 4 * M, write=False) == (0, 0)


def test_the_ends_of_a_vma_that_no_huge_page_fits_take_small_ones():
    h = host()
    h.map(5 * M, start=START + 1 * M)  # 1M small, two huge, nothing behind
    assert faults(h, 1 * M, 5 * M) == (256 + 2, 0)
    assert h.slots(6 * M) == "PHH"


def test_a_read_of_shared_pages_leaves_them_protected_a_write_copies():
    h = small(64 * K)
    faults(h, 0, 16 * K)
    fork(h.kernel, h.task, "child")
    assert faults(h, 0, 16 * K, write=False) == (0, 0)
    assert faults(h, 0, 16 * K) == (4, 0)


def test_empty_and_protected_pages_take_their_frames_by_address():
    h = small(64 * K)
    for page in (1, 3):
        faults(h, page * 4 * K, 4 * K)
    fork(h.kernel, h.task, "child")
    seen = h.kernel.trace.number
    assert faults(h, 0, 20 * K) == (5, 0)
    kinds = [
        record.event.kind.value
        for record in h.machine.trace.records
        if record.number >= seen and hasattr(record.event, "kind")
    ]
    assert kinds == ["small", "copy on write", "small", "copy on write", "small"]
    table = h.task.mm.pmds[START >> 21]
    assert len({frame_at(h.kernel, table, page) for page in range(5)}) == 5


def test_an_entry_that_is_no_page_cannot_be_accessed():
    h = small(64 * K)
    faults(h, 0, 4 * K)
    h.task.mm.pmds[START >> 21].swapped = {2: swp_entry(SWP_MIGRATION_READ, 1)}
    with pytest.raises(KernelError) as caught:
        handle_range(h.kernel, h.task, vma(h), START, START + 16 * K, write=False)
    assert caught.value.errno is Errno.EFAULT


def test_reclaim_for_a_fault_finds_the_pages_behind_it_not_accessed_yet():
    h, memcg = in_group(limit=64 * PAGE)
    swapon(h.kernel, 16 * M)
    h.kernel.sysctl.page_cluster = 0
    h.write(64 * PAGE, 64 * PAGE)
    lru_add_drain_all(h.kernel)
    table = h.task.mm.pmds[START >> 21]
    table.young = 0
    h.write(0, 64 * PAGE)
    assert table.present == (1 << 64) - 1
    munmap(h.kernel, h.task, START, 64 * PAGE)
    h.map(64 * PAGE)
    h.read(64 * PAGE, 64 * PAGE)
    lru_add_drain_all(h.kernel)
    table = h.task.mm.pmds[START >> 21]
    table.young = 0
    before = h.task.maj_flt
    h.write(0, 128 * PAGE)
    assert h.task.maj_flt - before == 64
    assert memcg.res.usage == 64 * PAGE
    debug_vm(h.kernel)
