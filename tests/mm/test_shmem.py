from tests.mm.layout import SHARED, R, place, placed, vma
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Map
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.shmem import dev_zero, shmem_truncate_range, shmem_zero_setup
from thpsh.structs.page_cache import FileKind
from thpsh.structs.vma import Vm


def test_there_is_one_dev_zero():
    h = host()
    zero = dev_zero(h.kernel)
    assert (zero.name, zero.kind, zero.device, zero.inode) == ("/dev/zero", FileKind.DEVZERO, "00:05", 799)
    assert dev_zero(h.kernel) is zero
    assert not zero.has_ops


def test_each_shared_mapping_has_its_own_file():
    h = host()
    first, second = (shmem_zero_setup(h.kernel, 1 * M, Vm.SHARED) for _ in range(2))
    assert first.inode != second.inode
    assert first.mapping.swap_backed
    assert first.has_ops


def test_all_of_the_size_is_promised_unless_noreserve():
    h = host()
    before = h.kernel.totals.committed_as
    shmem_zero_setup(h.kernel, 1 * M, Vm.SHARED)
    assert h.kernel.totals.committed_as == before + 256
    shmem_zero_setup(h.kernel, 1 * M, Vm.SHARED | Vm.NORESERVE)
    assert h.kernel.totals.committed_as == before + 256


def test_a_child_keeps_shared_memory_alive():
    h = placed(1 * M, flags=SHARED)
    h.write(0, 1 * M)
    child = fork(h.kernel, h.task, "child")
    munmap(h.kernel, h.task, START, 1 * M)
    file = vma(h, task=child).file
    assert file.mapping.nr_pages == 256
    munmap(h.kernel, child, START, 1 * M)
    assert file.mapping.nr_pages == 0
    debug_vm(h.kernel)


def test_noreserve_memory_gives_nothing_back_that_was_not_promised():
    h = host()
    before = h.kernel.totals.committed_as
    place(h, 0, 1 * M, flags=SHARED | Map.NORESERVE)
    munmap(h.kernel, h.task, START, 1 * M)
    assert h.kernel.totals.committed_as == before


def test_a_hole_takes_pages_from_all_processes():
    h = placed(4 * M, flags=SHARED)
    h.write(0, 4 * M)
    child = fork(h.kernel, h.task, "child")
    h.read(0, 4 * M, task=child)
    file = vma(h).file
    shmem_truncate_range(h.kernel, h.task, file, 256, 768)
    assert h.slots(4 * M) == h.slots(4 * M, task=child) == "PP"
    assert file.mapping.nr_pages == 512
    debug_vm(h.kernel)
    h.write(1 * M, 4 * K, task=child)
    assert file.mapping.nr_pages == 513


def test_a_hole_in_a_part_that_only_one_vma_shows():
    h = placed(1 * M, R, SHARED)
    munmap(h.kernel, h.task, START, 512 * K)
    h.read(512 * K, 512 * K)
    file = vma(h, 512 * K).file
    assert file.mapping.nr_pages == 128
    shmem_truncate_range(h.kernel, h.task, file, 0, 129)
    assert file.mapping.nr_pages == 127
    debug_vm(h.kernel)


def test_who_has_locked_the_pages_of_a_hole_loses_them_like_the_others():
    h = placed(64 * K, flags=SHARED)
    h.write(0, 64 * K)
    child = fork(h.kernel, h.task, "child")
    mlock(h.kernel, child, START, 64 * K)
    lru_add_drain_all(h.kernel)
    free = sum(zone.free + sum(pcp.count for pcp in zone.pcp) for zone in h.kernel.zones)
    shmem_truncate_range(h.kernel, h.task, vma(h).file, 0, 16)
    assert h.event("unevictable_pgs_cleared") == 16
    assert h.event("unevictable_pgs_mlockfreed") == 0
    assert sum(zone.stat.nr_mlock for zone in h.kernel.zones) == 0
    debug_vm(h.kernel)
    lru_add_drain_all(h.kernel)
    assert sum(zone.free + sum(pcp.count for pcp in zone.pcp) for zone in h.kernel.zones) >= free + 16
    debug_vm(h.kernel)
