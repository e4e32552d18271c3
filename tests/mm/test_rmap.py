"""anon_vmas and their links."""

from tests.mm.layout import R, place, placed, vma
from tests.support import START, K, M, host
from thpsh.mm.fork import fork
from thpsh.mm.mprotect import mprotect
from thpsh.mm.rmap import anon_vma_clone, anon_vma_prepare, unlink_anon_vmas
from thpsh.structs.vma import Vma


def test_a_vma_gets_its_anon_vma_with_the_first_fault():
    h = placed(4 * M)
    assert vma(h).anon_vma is None
    h.write(0, 4 * K)
    found = vma(h).anon_vma
    assert list(found.vmas) == [vma(h)]
    h.write(2 * M, 4 * K)
    assert vma(h).anon_vma is found


def test_neighbours_that_differ_in_access_only_share_one():
    h = placed(8 * M)
    mprotect(h.kernel, h.task, START + 4 * M, 4 * M, R)
    low, high = vma(h), vma(h, 4 * M)
    assert low is not high
    assert anon_vma_prepare(h.kernel, low) is anon_vma_prepare(h.kernel, high)
    assert list(low.anon_vma.vmas) == [low, high]


def test_neighbours_with_a_hole_between_do_not():
    h = placed(2 * M)
    place(h, 4 * M, 2 * M)
    assert anon_vma_prepare(h.kernel, vma(h)) is not anon_vma_prepare(h.kernel, vma(h, 4 * M))


def test_a_forked_child_is_on_two_lists_after_its_parent():
    h = placed(2 * M)
    h.write(0, 4 * K)
    first, second = (fork(h.kernel, h.task, name) for name in ("first", "second"))
    family = vma(h).anon_vma
    children = [vma(h, task=task) for task in (first, second)]
    assert list(family.vmas) == [vma(h), *children]
    for child in children:
        assert child.chain == [family, child.anon_vma]
        assert child.anon_vma.top is family
    grandchild = vma(h, task=fork(h.kernel, first, "grandchild"))
    assert grandchild.anon_vma.top is family
    assert len(grandchild.chain) == 3


def test_a_childs_anon_vma_is_not_for_its_neighbours():
    # reusable_anon_vma: only a chain of one link, since the neighbour would miss the parent's.
    h = placed(8 * M)
    mprotect(h.kernel, h.task, START + 4 * M, 4 * M, R)
    h.write(0, 4 * K)
    child = fork(h.kernel, h.task, "child")
    high = vma(h, 4 * M, child)
    assert high.anon_vma is None
    assert anon_vma_prepare(h.kernel, high) is not vma(h, 0, child).anon_vma


def test_an_untouched_vma_has_nothing_to_inherit():
    h = placed(2 * M)
    totals = h.kernel.totals.next_anon_vma
    child = fork(h.kernel, h.task, "child")
    assert vma(h, task=child).anon_vma is None
    assert h.kernel.totals.next_anon_vma - totals == sum(1 for each in child.mm.vmas if each.anon_vma)


def test_a_vma_that_goes_leaves_all_lists():
    h = host()
    h.map(2 * M)
    h.write(0, 4 * K)
    family = vma(h).anon_vma
    copy = Vma(h.task.mm, 0, 4096, 0, 0)
    anon_vma_clone(h.kernel, copy, vma(h))
    assert list(family.vmas) == [vma(h), copy]
    unlink_anon_vmas(h.kernel, copy)
    assert list(family.vmas) == [vma(h)]
    assert (copy.chain, copy.anon_vma) == ([], None)
