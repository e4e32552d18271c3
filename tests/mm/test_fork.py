"""fork."""

from tests.mm.layout import SHARED, placed
from tests.support import START, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.structs.vma import Vm


def test_the_child_has_the_parents_vmas_without_their_locks():
    h = host()
    h.map(4 * M, flags=Vm.DATA_DEFAULT | Vm.LOCKED)
    child = fork(h.kernel, h.task, "child")
    assert [(v.start, v.end) for v in child.mm.vmas] == [(v.start, v.end) for v in h.task.mm.vmas]
    assert not child.mm.vma_at(START).flags & Vm.LOCKED
    assert child.mm.locked_vm == 0
    assert (child.min_flt, child.maj_flt) == (0, 0)


def test_a_vma_marked_dontfork_stays_behind():
    h = host()
    h.map(4 * M, flags=Vm.DATA_DEFAULT | Vm.DONTCOPY)
    child = fork(h.kernel, h.task, "child")
    assert child.mm.vma_at(START) is None
    assert child.mm.total_vm == h.task.mm.total_vm - 1024


def test_a_file_marked_dontfork_leaves_the_accounts_too():
    h = placed(4 * M, flags=SHARED)
    madvise(h.kernel, h.task, START, 4 * M, Madv.DONTFORK)
    child = fork(h.kernel, h.task, "child")
    assert child.mm.shared_vm == h.task.mm.shared_vm - 1024
    debug_vm(h.kernel)


def test_untouched_memory_costs_the_child_no_page_table():
    h = host()
    h.map(64 * M)
    assert fork(h.kernel, h.task, "child").mm.nr_ptes == h.task.mm.nr_ptes


def test_the_childs_anon_vma_hangs_below_the_parents():
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(2 * M)
    h.write(0, 4096)
    child = fork(h.kernel, h.task, "child").mm.vma_at(START)
    assert child.chain[0] is vma.anon_vma
    assert child.anon_vma is not vma.anon_vma
    assert child.anon_vma.top is vma.anon_vma
    assert list(vma.anon_vma.vmas) == [vma, child]


def test_a_sibling_has_the_parents_parent():
    h = host()
    assert fork(h.kernel, h.task, "b", sibling=True).parent == h.task.parent
    assert fork(h.kernel, h.task, "c").parent == h.task.pid
    debug_vm(h.kernel)
