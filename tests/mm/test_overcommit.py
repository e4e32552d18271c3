import pytest

from tests.mm.layout import FIXED, R, place, placed, vma
from tests.support import START, G, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.mman import Map
from thpsh.mm.mmap import munmap
from thpsh.mm.mprotect import mprotect
from thpsh.mm.overcommit import totalreserve_pages, vm_enough_memory
from thpsh.structs.vma import Vm


def refused(call, *args):
    with pytest.raises(KernelError) as error:
        call(*args)
    return error.value.errno is Errno.ENOMEM


def test_writable_private_memory_is_promised_and_given_back():
    h = host()
    before = h.kernel.totals.committed_as
    place(h, 0, 8 * M)
    assert h.kernel.totals.committed_as == before + 2048
    assert vma(h).flags & Vm.ACCOUNT
    munmap(h.kernel, h.task, START, 4 * M)
    assert h.kernel.totals.committed_as == before + 1024


@pytest.mark.parametrize(("prot", "flags"), [(R, FIXED), (3, FIXED | Map.NORESERVE)])
def test_read_only_memory_and_map_noreserve_are_not(prot, flags):
    h = host()
    before = h.kernel.totals.committed_as
    place(h, 0, 8 * M, prot, flags)
    assert h.kernel.totals.committed_as == before
    assert not vma(h).flags & Vm.ACCOUNT


def test_memory_made_writable_is_promised_then_and_stays_so():
    h = placed(8 * M, R)
    before = h.kernel.totals.committed_as
    mprotect(h.kernel, h.task, START, 4 * M, 3)
    mprotect(h.kernel, h.task, START, 4 * M, 1)
    assert h.kernel.totals.committed_as == before + 1024


def test_a_child_is_promised_the_same_again():
    h = placed(8 * M)
    child_share = h.task.mm.committed
    before = h.kernel.totals.committed_as
    fork(h.kernel, h.task, "child")
    assert h.kernel.totals.committed_as == before + child_share


@pytest.mark.parametrize(("mode", "size"), [(0, 600), (2, 200)])
def test_a_child_that_may_not_be_promised_as_much_is_not_made(mode, size):
    # dup_mmap: security_vm_enough_memory for each VMA; nobody is killed, and nothing is left of the child
    h = placed(size * M)
    h.enabled("never")
    h.write(0, size * M)
    h.kernel.sysctl.overcommit_memory = mode
    h.kernel.sysctl.overcommit_ratio = 40
    before = h.kernel.totals.committed_as, h.kernel.slab.vmas, len(h.kernel.tasks)
    assert refused(fork, h.kernel, h.task, "child")
    assert (h.kernel.totals.committed_as, h.kernel.slab.vmas, len(h.kernel.tasks)) == before
    assert not h.task.dead
    debug_vm(h.kernel)
    h.kernel.sysctl.overcommit_memory = 1
    child = fork(h.kernel, h.task, "child")
    assert (child.mm.committed, child.pid) == (h.task.mm.committed, h.task.pid + 1)


def test_by_default_one_request_may_not_exceed_what_could_be_free():
    # sysctl-overcommit: 64 GiB on a machine of 2.
    h = host()
    assert refused(place, h, 0, 64 * G)
    place(h, 0, 768 * M)
    place(h, 1 * G, 768 * M)  # each alone is fine


def test_mode_1_promises_everything():
    h = host()
    h.kernel.sysctl.overcommit_memory = 1
    place(h, 0, 64 * G)


def test_mode_2_sums_up_to_the_limit():
    h = host()
    h.kernel.sysctl.overcommit_memory = 2
    limit = h.kernel.totals.total_pages * 50 // 100
    room = limit - h.task.mm.total_vm // 32 - h.kernel.totals.committed_as
    assert refused(vm_enough_memory, h.kernel, h.task.mm, room)
    vm_enough_memory(h.kernel, h.task.mm, room - 1)


def test_mode_2_ignores_map_noreserve():
    h = host()
    h.kernel.sysctl.overcommit_memory = 2
    place(h, 0, 4 * K, flags=FIXED | Map.NORESERVE)
    assert vma(h).flags & Vm.ACCOUNT


def test_reserves_are_watermark_and_largest_lowmem_reserve():
    h = host()
    low, normal = h.kernel.zones
    assert (low.lowmem_reserve, normal.lowmem_reserve[1:]) == (
        (
            0,
            normal.present // 256,
        )
        + 2 * (normal.present // 256,),
        (0, 0, 0),
    )
    assert totalreserve_pages(h.kernel) == normal.present // 256 + low.high_wmark + normal.high_wmark


@pytest.mark.parametrize(("release", "size"), [("3.0", 1700), ("3.1", 1200)])
def test_shared_memory_can_be_promised_again_until_3_1(release, size):
    # 2 GiB, of which 600 MiB are shared memory in use: nobody can drop that
    h = host(memory=2 * G, kernel=release)
    place(h, 0, 600 * M, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED)
    h.write(0, 600 * M)
    assert refused(place, h, 4 * G, (size + 300) * M)
    place(h, 4 * G, size * M)
