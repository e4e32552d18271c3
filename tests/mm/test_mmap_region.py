import pytest

from tests.mm.layout import FIXED, RW, layout, place, placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.mman import Map
from thpsh.mm.mmap_region import MapRequest, accountable_mapping, clear_old_maps, do_mmap, populate
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm


def test_mlockall_of_the_future_locks_new_mappings():
    h = host()
    h.task.mm.def_flags = Vm.LOCKED
    place(h, 0, 4 * M)
    assert vma(h).flags & Vm.LOCKED
    assert h.task.mm.locked_vm == 1024
    assert h.slots(4 * M) == "HH"


def test_do_mmap_alone_touches_nothing():
    h = host()
    do_mmap(h.kernel, h.task, h.task.mm, MapRequest(START, 2 * M, RW, FIXED | Map.POPULATE))
    assert h.slots(2 * M) == "."
    populate(h.kernel, h.task, h.task.mm, (START, START + 2 * M), Map.POPULATE | Map.NONBLOCK)
    assert h.slots(2 * M) == "."
    populate(h.kernel, h.task, h.task.mm, (START, START + 2 * M), Map.POPULATE)
    assert h.slots(2 * M) == "H"


def test_a_file_cannot_grow_down():
    h = host()
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False), 1 * M)
    with pytest.raises(KernelError) as error:
        place(h, 0, 1 * M, RW, Map.PRIVATE | Map.FIXED | Map.GROWSDOWN, file)
    assert error.value.errno is Errno.EINVAL


def test_only_private_writable_memory_is_accountable():
    assert accountable_mapping(None, Vm.WRITE)
    assert not accountable_mapping(None, Vm.READ)
    assert not accountable_mapping(None, Vm.WRITE | Vm.SHARED)
    assert not accountable_mapping(None, Vm.WRITE | Vm.NORESERVE)
    assert not accountable_mapping(File("h", FileKind.HUGETLB, "00:01", 5, AddressSpace(False)), Vm.WRITE)


def test_what_is_in_the_way_is_cleared_with_enomem_for_any_failure():
    h = placed(64 * K)
    clear_old_maps(h.kernel, h.task, h.task.mm, START + 1 * M, START + 2 * M)
    h.kernel.sysctl.max_map_count = 1
    with pytest.raises(KernelError) as error:
        clear_old_maps(h.kernel, h.task, h.task.mm, START + 4 * K, START + 8 * K)
    assert error.value.errno is Errno.ENOMEM
    assert layout(h) == [(0, 64, "rw")]
