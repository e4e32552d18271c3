import pytest

from tests.mm.layout import FIXED, NONE, RW, SHARED, R, layout, place, placed, vma
from tests.support import START, G, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mman import Map, Prot
from thpsh.mm.mmap import MapRequest, brk, mmap, munmap
from thpsh.mm.shmem import dev_zero
from thpsh.structs.page import PAGE_SHIFT, TASK_SIZE
from thpsh.structs.page_cache import FileKind
from thpsh.structs.vma import Vm
from thpsh.trace.events.vma import Syscall


def errno_of(call, *args):
    with pytest.raises(KernelError) as error:
        call(*args)
    return error.value.errno


@pytest.mark.parametrize(
    ("request_", "errno"),
    [
        (MapRequest(START, 0), Errno.EINVAL),
        (MapRequest(START, 4096, RW, Map.ANONYMOUS), Errno.EINVAL),
        (MapRequest(START + 1, 4096, RW, FIXED), Errno.EINVAL),
        (MapRequest(0, TASK_SIZE + 4096), Errno.ENOMEM),
        (MapRequest(START, (1 << 64) - 1), Errno.ENOMEM),
        (MapRequest(START, 4096, RW, FIXED, None, (1 << 64) - 1), Errno.EOVERFLOW),
        (MapRequest(START, 2 * M, RW, FIXED | Map.HUGETLB), Errno.ENOMEM),
    ],
    ids=["length 0", "neither private nor shared", "unaligned", "too long", "wraps", "offset", "hugetlb"],
)
def test_what_cannot_be_mapped(request_, errno):
    h = host()
    assert errno_of(mmap, h.kernel, h.task, request_) is errno
    debug_vm(h.kernel)


def test_the_length_is_rounded_up_to_pages():
    h = placed(5000)
    assert layout(h) == [(0, 8, "rw")]


def test_anonymous_memory_is_indexed_by_its_address():
    h = placed(1 * M)
    assert vma(h).pgoff == START >> PAGE_SHIFT
    assert vma(h).flags == Vm.DATA_DEFAULT | Vm.ACCOUNT


def test_a_fixed_mapping_replaces_what_was_there():
    h = placed(4 * M)
    h.write(0, 4 * M)
    place(h, 1 * M, 2 * M, R)
    assert layout(h) == [(0, 1024, "rw"), (1024, 2048, "r-"), (3072, 1024, "rw")]
    assert h.slots(4 * M) == "PP"
    debug_vm(h.kernel)


def test_a_hint_below_mmap_min_addr_is_raised():
    h = host()
    h.kernel.sysctl.mmap_min_addr = 65536
    assert mmap(h.kernel, h.task, MapRequest(4096, 4096)) == 65536


def test_too_many_mappings():
    h = placed(1 * M)
    h.kernel.sysctl.max_map_count = len(h.task.mm.vmas) - 1
    assert errno_of(place, h, 4 * M, 1 * M) is Errno.ENOMEM


def test_shared_anonymous_memory_has_a_nameless_file():
    h = placed(4 * M, flags=SHARED)
    file = vma(h).file
    assert (file.name, file.device, file.kind) == ("/dev/zero (deleted)", "00:04", FileKind.SHMEM)
    assert vma(h).flags & (Vm.SHARED | Vm.MAYSHARE) == Vm.SHARED | Vm.MAYSHARE
    assert not vma(h).flags & Vm.ACCOUNT
    assert vma(h).pgoff == 0
    h.write(0, 4 * M)
    assert h.slots(4 * M) == "FF"


def test_two_shared_mappings_have_different_files():
    h = placed(1 * M, flags=SHARED)
    place(h, 1 * M, 1 * M, flags=SHARED)
    assert len(layout(h)) == 2
    assert vma(h).file is not vma(h, 1 * M).file


def test_private_dev_zero_is_anonymous_memory_with_a_file():
    h = host()
    place(h, 0, 4 * M, RW, Map.PRIVATE | Map.FIXED, dev_zero(h.kernel))
    assert vma(h).file.name == "/dev/zero"
    h.write(0, 4 * K)
    assert h.slots(4 * M) == "H."


def test_shared_dev_zero_is_shared_memory():
    h = host()
    place(h, 0, 4 * M, RW, Map.SHARED | Map.FIXED, dev_zero(h.kernel))
    assert vma(h).file.kind is FileKind.SHMEM


def test_map_locked_faults_everything_in():
    h = placed(4 * M, flags=FIXED | Map.LOCKED)
    assert h.slots(4 * M) == "HH"
    assert h.task.mm.locked_vm == 1024
    assert h.task.min_flt >= 2
    debug_vm(h.kernel)


def test_map_locked_without_access_is_locked_but_empty():
    h = placed(4 * M, NONE, FIXED | Map.LOCKED)
    assert h.slots(4 * M) == ".."
    assert vma(h).flags & Vm.LOCKED


def test_map_populate_writes_to_writable_and_reads_other_memory():
    h = placed(4 * M, flags=FIXED | Map.POPULATE)
    assert h.slots(4 * M) == "HH"
    h.enabled("never")
    place(h, 4 * M, 2 * M, R, FIXED | Map.POPULATE)
    assert h.slots(6 * M) == "HHz"


def test_locked_memory_that_does_not_fit_kills_somebody():
    h = host()
    h.kernel.sysctl.overcommit_memory = 1
    h.enabled("never")
    h.map(512 * M, START + 4 * G)
    h.write(4 * G, 512 * M)
    assert errno_of(mmap, h.kernel, h.task, MapRequest(START, 2 * G, RW, FIXED | Map.LOCKED)) is Errno.EINTR
    assert h.task.dead
    assert "Out of memory: Kill process" in h.machine.dmesg.text()
    debug_vm(h.kernel)


def test_calls_are_announced():
    h = placed(1 * M)
    munmap(h.kernel, h.task, START, 1 * M)
    brk(h.kernel, h.task, 0)
    found = [r.event for r in h.machine.trace.records if isinstance(r.event, Syscall)]
    assert [event.name for event in found[-3:]] == ["mmap", "munmap", "brk"]
    assert found[-3].detail == "rw- private anonymous"
    assert (found[-2].address, found[-2].length) == (START, 1 * M)


def test_a_call_costs_time():
    h = host()
    before = h.kernel.clock.spent
    place(h, 0, 4 * K, Prot.NONE)
    assert h.kernel.clock.spent >= before + h.kernel.cost.syscall + h.kernel.cost.vma
