"""Huge PMDs that stay huge."""

from tests.mm.layout import placed, vma
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.huge_memory.mapped import change_huge_pmd, huge_resident

SLOT = START >> 21


def huge():
    h = placed(4 * M)
    h.write(0, 4 * K)
    return h


def test_fork_shares_a_huge_page_write_protected():
    h = huge()
    child = fork(h.kernel, h.task, "child")
    debug_vm(h.kernel)
    mine, its = h.task.mm.pmds[SLOT], child.mm.pmds[SLOT]
    assert mine.block is its.block
    assert mine.block.huge_mapcount == 2
    assert (mine.writable, its.writable) == (False, False)
    assert (mine.young, its.young) == (True, False)
    assert h.event("thp_split") == 0


def test_each_side_keeps_a_page_table_for_a_split():
    h = huge()
    child = fork(h.kernel, h.task, "child")
    assert len(child.mm.deposits) == len(h.task.mm.deposits) == 1
    assert child.mm.deposits != h.task.mm.deposits


def test_mprotect_of_a_whole_huge_page_takes_the_write_bit():
    h = huge()
    assert change_huge_pmd(h.kernel, vma(h), SLOT)
    assert not h.task.mm.pmds[SLOT].writable
    assert h.write(0, 4 * K).minor == 1  # the next write finds out that nobody shares it
    assert h.task.mm.pmds[SLOT].writable


def test_only_a_huge_page_is_changed_or_resident_as_one():
    h = huge()
    h.enabled("never")
    h.write(2 * M, 2 * M)
    assert [huge_resident(vma(h), slot) for slot in (SLOT, SLOT + 1, SLOT + 2)] == [True, False, False]
    assert not change_huge_pmd(h.kernel, vma(h), SLOT + 1)
    assert not change_huge_pmd(h.kernel, vma(h), SLOT + 2)
