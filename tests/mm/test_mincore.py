from dataclasses import replace

import pytest

from tests.mm.layout import RW, SHARED, R, place, placed
from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mincore import mincore
from thpsh.mm.mman import Madv, Map
from thpsh.mm.mmap import munmap
from thpsh.mm.shmem import dev_zero
from thpsh.structs.page import TASK_SIZE


def look(h, offset, size, task=None):
    return mincore(h.kernel, task or h.task, START + offset, size)


def errno_of(h, start, size):
    with pytest.raises(KernelError) as error:
        mincore(h.kernel, h.task, start, size)
    return error.value.errno


def test_a_huge_page_is_512_resident_pages_and_stays_huge():
    # fault-mincore
    h = placed(4 * M)
    h.write(0, 4 * K)
    report = look(h, 0, 4 * M)
    assert (report.resident, report.pages) == (512, 1024)
    assert (report[0], report[511], report[512]) == (True, True, False)
    assert h.slots(4 * M) == "H."


def test_before_commit_32_mincore_split_it():
    h = placed(2 * M)
    h.write(0, 4 * K)
    h.kernel.features = replace(h.kernel.features, mincore_huge=False)
    assert look(h, 4 * K, 4 * K).resident == 1
    assert h.slots(2 * M) == "F"
    debug_vm(h.kernel)


def test_small_pages_are_told_one_by_one():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 64 * K, step=8 * K)
    report = look(h, 4 * K, 16 * K)
    assert [report[page] for page in range(4)] == [False, True, False, True]
    assert look(h, 0, 2 * M).resident == 8
    with pytest.raises(IndexError):
        report[4]


def test_the_zero_page_is_resident():
    h = placed(2 * M)
    h.enabled("never")
    h.read(0, 12 * K)
    assert look(h, 0, 2 * M).resident == 3


def test_pages_of_a_file_count_when_they_are_cached_though_not_mapped():
    h = placed(2 * M, flags=SHARED)
    h.write(0, 1 * M)
    child = fork(h.kernel, h.task, "child")
    assert child.mm.pmds.get(START >> 21) is None
    assert look(h, 512 * K, 1 * M, child).resident == 128
    munmap(h.kernel, child, START, 4 * K)
    assert look(h, 4 * K, 1 * M, child).resident == 255


def test_a_page_in_swap_counts_while_the_swap_cache_has_it():
    h = with_swap(read_around=3)
    touched(h, 2 * M)
    push_out(h, 512)
    assert look(h, 0, 2 * M).resident == 0
    assert len(table(h).swapped) == 512
    h.read(256 * 4 * K, 4 * K)  # brings its neighbours into the swap cache, and stays there itself
    assert h.kernel.swap.cached == look(h, 0, 2 * M).resident == 8
    debug_vm(h.kernel)


def test_a_poisoned_page_is_not_in_memory():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 64 * K)
    madvise(h.kernel, h.task, START + 8 * K, 4 * K, Madv.HWPOISON)
    assert look(h, 0, 64 * K).resident == 15


def test_dev_zero_has_no_cache():
    h = host()
    place(h, 0, 2 * M, RW, Map.PRIVATE | Map.FIXED, dev_zero(h.kernel))
    assert look(h, 0, 2 * M).resident == 0


def test_part_of_a_page_counts_as_a_page():
    h = placed(64 * K)
    assert look(h, 0, 4097).pages == 2
    assert look(h, 0, 0).pages == 0


def test_the_range_may_span_vmas():
    h = placed(2 * M)
    place(h, 2 * M, 2 * M, R)
    h.enabled("never")
    h.write(0, 2 * M)
    h.read(2 * M, 4 * K)
    assert look(h, 1 * M, 2 * M).resident == 257


def test_errors():
    h = placed(4 * M)
    assert errno_of(h, START + 1, 4 * K) is Errno.EINVAL
    assert errno_of(h, START, 8 * M) is Errno.ENOMEM
    assert errno_of(h, START - 4 * K, 8 * K) is Errno.ENOMEM
    assert errno_of(h, START, TASK_SIZE) is Errno.ENOMEM
