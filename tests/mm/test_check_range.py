"""Which pages of a range can move to another node."""

from tests.support import START, K, M, host
from thpsh.mm.check_range import isolated, mapped_pages, migrate_chunks, vma_migratable
from thpsh.mm.fork import fork
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.bits import shifted
from thpsh.structs.mempolicy import Placement
from thpsh.structs.vma import Vm
from thpsh.trace.events.huge_memory import SplitReason

SLOT = START >> 21


def test_huge_pages_are_split_and_zero_pages_passed_over():
    h = host()
    vma = h.map(4 * M)
    h.write(0, 4 * K)
    h.enabled("never")
    h.read(2 * M, 64 * K)
    h.write(3 * M, 8 * K)
    found = mapped_pages(h.kernel, vma, START, START + 4 * M, SplitReason.MEMPOLICY)
    assert h.slots(4 * M) == "FP"
    assert [(each.slot, each.pages.bit_count()) for each in found] == [(SLOT, 512), (SLOT + 1, 2)]


def test_pages_of_several_processes_stay_unless_all_are_asked_for():
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(2 * M)
    h.write(0, 16 * K)
    fork(h.kernel, h.task, "child")
    h.write(0, 4 * K)
    lru_add_drain_all(h.kernel)
    found = mapped_pages(h.kernel, vma, START, START + 2 * M, SplitReason.MEMPOLICY)
    assert sum(each.pages.bit_count() for each in isolated(h.kernel, found, shared=False)) == 1
    assert sum(each.pages.bit_count() for each in isolated(h.kernel, found, shared=True)) == 3


def test_pages_in_an_lru_cache_are_not_taken():
    h = host(cmdline="transparent_hugepage=never")
    vma = h.map(2 * M)
    h.write(0, 16 * K)
    found = mapped_pages(h.kernel, vma, START, START + 2 * M, SplitReason.MEMPOLICY)
    assert isolated(h.kernel, found, shared=True) == []


def test_pages_stay_where_the_target_has_no_room():
    h = host(memory=256 * M, nodes=2, cpus=2, cmdline="transparent_hugepage=never")
    vma = h.map(100 * M)
    h.write(0, 100 * M)
    lru_add_drain_all(h.kernel)
    hog = h.map(200 * M, START + 256 * M)
    h.task.cpu = 1
    h.write(256 * M, 90 * M)
    assert hog.start > vma.end
    lru_add_drain_all(h.kernel)
    found = isolated(h.kernel, mapped_pages(h.kernel, vma, vma.start, vma.end, SplitReason.MIGRATION), shared=True)
    away = [each for each in found if each.block.zone.node == 0]
    count = sum(each.pages.bit_count() for each in away)
    chunks = [(each.block, shifted(each.pages, each.shift)) for each in found]
    moved = migrate_chunks(h.kernel, 0, {Placement(1, (1,)): chunks})
    assert 0 < moved.left < count
    assert moved.nomem
    assert moved.lacking is not None


def test_device_memory_is_not_migratable():
    vma = host().map(2 * M)
    assert vma_migratable(vma)
    vma.flags |= Vm.PFNMAP
    assert not vma_migratable(vma)
