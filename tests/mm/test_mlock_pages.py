import pytest

from tests.mm.layout import FIXED, NONE, place, placed, vma
from tests.support import START, K, M, host
from thpsh.boot import start_process
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mlock import mlockall
from thpsh.mm.mlock_pages import mlock_vma_pages_range, munlock_vma_pages_range, populate_locked
from thpsh.mm.mman import Map, Mcl
from thpsh.mm.mmap import brk
from thpsh.mm.mremap import RemapRequest, mremap
from thpsh.structs.vma import Vm


def locked(size, flags=FIXED, prot=3):
    h = placed(size, prot, flags)
    h.enabled("never")
    vma(h).flags |= Vm.LOCKED
    h.task.mm.locked_vm = size // 4096
    return h


def test_pages_of_a_locked_vma_are_faulted_in_and_locked():
    h = locked(1 * M)
    populate_locked(h.kernel, h.task, vma(h), START, START + 512 * K)
    debug_vm(h.kernel)
    assert h.kernel.zones[-1].stat.nr_mlock == 128


def test_the_guard_page_of_a_stack_is_left_out():
    h = locked(64 * K, FIXED | Map.GROWSDOWN)
    populate_locked(h.kernel, h.task, vma(h), START, START + 64 * K)
    debug_vm(h.kernel)
    assert h.task.mm.pmds[START >> 21].present.bit_count() == 15


def test_special_memory_loses_the_flag_and_counts_as_not_locked():
    h = locked(1 * M)
    vma(h).flags |= Vm.DONTEXPAND
    assert mlock_vma_pages_range(h.kernel, h.task, vma(h), START, START + 1 * M) == 256
    assert not vma(h).flags & Vm.LOCKED
    assert h.slots(2 * M) == "P"
    assert h.kernel.zones[-1].stat.nr_mlock == 256  # faulted in while the flag was there


def test_memory_without_access_is_no_error():
    h = locked(1 * M, prot=NONE)
    assert mlock_vma_pages_range(h.kernel, h.task, vma(h), START, START + 1 * M) == 0


def small_host():
    h = host(memory=192 * M, cmdline="transparent_hugepage=never")
    h.kernel.sysctl.overcommit_memory = 1
    mlockall(h.kernel, h.task, Mcl.FUTURE)
    return h


@pytest.mark.parametrize("who", ["self", "other"])
@pytest.mark.parametrize("how", ["brk", "mremap in place", "mremap away"])
def test_locked_memory_that_grows_beyond_memory_kills_somebody(who, how):
    # the error is hidden, but the allocator has found a victim before there is one
    h = small_host()
    place(h, 0, 4 * M)
    if how == "mremap away":
        place(h, 4 * M, 4 * K, 0)
    other = start_process(h.machine, "other")
    h.map(100 * M, task=other)
    h.write(0, 90 * M, task=other)
    other.oom_score_adj = -1000 if who == "self" else 1000

    def grow():
        if how == "brk":
            brk(h.kernel, h.task, h.task.mm.start_brk + 120 * M)
        else:
            mremap(h.kernel, h.task, RemapRequest(START, 4 * M, 120 * M))

    if who == "self":
        with pytest.raises(KernelError) as error:
            grow()
        assert error.value.errno is Errno.EINTR
    else:
        grow()
        assert h.task.mm.rss > 120 * M // 4096
    assert (h.task.dead, other.dead) == (who == "self", who == "other")
    debug_vm(h.kernel)
    assert h.kernel.totals.committed_as == sum(task.mm.committed for task in h.kernel.tasks.values() if task.mm)


def test_unlocking_clears_the_flag_and_the_pages():
    h = locked(1 * M)
    populate_locked(h.kernel, h.task, vma(h), START, START + 1 * M)
    munlock_vma_pages_range(h.kernel, h.task, vma(h), START, START + 1 * M)
    assert not vma(h).flags & Vm.LOCKED
    assert h.kernel.zones[-1].stat.nr_mlock == 0
