from tests.mm.layout import FIXED, NONE, placed, vma
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mlock_pages import mlock_vma_pages_range, munlock_vma_pages_range, populate_locked
from thpsh.mm.mman import Map
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


def test_unlocking_clears_the_flag_and_the_pages():
    h = locked(1 * M)
    populate_locked(h.kernel, h.task, vma(h), START, START + 1 * M)
    munlock_vma_pages_range(h.kernel, h.task, vma(h), START, START + 1 * M)
    assert not vma(h).flags & Vm.LOCKED
    assert h.kernel.zones[-1].stat.nr_mlock == 0
