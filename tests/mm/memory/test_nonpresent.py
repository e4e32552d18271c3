import pytest

from tests.support import START, K, M, host
from thpsh.errors import Errno
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.memory.fault import handle_range
from thpsh.mm.memory.nonpresent import PoisonedPage, copy_entries, free_entries
from thpsh.mm.mman import Madv
from thpsh.mm.mmap import munmap
from thpsh.structs.page_table import PageTable


def poisoned(*pages):
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(4 * M)
    h.write(0, 4 * M)
    for page in pages:
        madvise(h.kernel, h.task, START + page * 4 * K, 4 * K, Madv.HWPOISON)
    debug_vm(h.kernel)
    return h, vma, h.task.mm.pmds[START >> 21]


def test_entries_of_a_mask_are_emptied():
    h, _, table = poisoned(1, 5, 9)
    assert free_entries(h.kernel, 0, h.task.mm, table, 0b100010) == 2
    assert list(table.swapped) == [9]
    assert free_entries(h.kernel, 0, h.task.mm, table, 1 << 9) == 1
    assert table.swapped is None
    assert free_entries(h.kernel, 0, h.task.mm, table, 1 << 9) == 0


def test_a_child_gets_the_entries_of_a_mask():
    h, _, table = poisoned(1, 5)
    target = PageTable()
    assert copy_entries(h.kernel, h.task.mm, target, table, 0b11) == 1
    assert target.swapped == {1: table.swapped[1]}


def test_fork_and_unmap_carry_them_along():
    h, _, table = poisoned(1, 5)
    child = fork(h.kernel, h.task, "child")
    debug_vm(h.kernel)
    assert child.mm.pmds[START >> 21].swapped == table.swapped
    munmap(h.kernel, h.task, START, 4 * K * 4)
    assert list(table.swapped) == [5]
    munmap(h.kernel, h.task, START, 4 * M)
    debug_vm(h.kernel)


def test_pages_below_a_poisoned_one_are_reached():
    h, vma, table = poisoned(5)
    table.young = 0
    before = h.event("pgfault"), h.task.min_flt
    with pytest.raises(PoisonedPage) as error:
        handle_range(h.kernel, h.task, vma, START, START + 2 * M, write=False)
    assert (error.value.address, error.value.errno) == (START + 20 * K, Errno.EFAULT)
    assert table.young == 0b11111
    assert (h.event("pgfault"), h.task.min_flt) == (before[0] + 1, before[1])
