"""Faults on files and shared memory."""

from tests.mm.groups import group
from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.frames import frames_of
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.swapon import swapon
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm


def mapped(kind, flags, size=4 * M):
    h = host()
    mapping = AddressSpace(swap_backed=kind is FileKind.SHMEM)
    name = "/dev/zero (deleted)" if kind is FileKind.SHMEM else "/data"
    h.map(size, flags=flags, file=File(name, kind, "00:04", 7, mapping, size))
    return h, mapping


SHARED = Vm.DATA_DEFAULT | Vm.SHARED | Vm.MAYSHARE


def test_shared_memory_is_never_huge():
    h, mapping = mapped(FileKind.SHMEM, SHARED)
    assert h.write(0, 4 * M).minor == 1024
    assert h.slots(4 * M) == "FF"
    assert mapping.nr_pages == 1024
    assert h.kernel.zones[-1].stat.nr_shmem == 1024
    assert h.event("thp_fault_alloc") == 0


def test_shared_pages_are_written_by_both_without_copies():
    h, mapping = mapped(FileKind.SHMEM, SHARED)
    h.write(0, 64 * K)
    child = fork(h.kernel, h.task, "child")
    assert h.write(0, 64 * K, task=child).minor == 16
    assert mapping.nr_pages == 16
    debug_vm(h.kernel)


def dirty_pages(h, mapping):
    """Pages of the cache that are dirty themselves, whatever page tables say (PageDirty)."""
    return sum(
        (block.dirty & frames).bit_count()
        for slot in mapping.slots.values()
        for block, frames in frames_of(h.kernel, slot, slot.present)
    )


def test_a_write_fault_dirties_the_shared_page_for_everybody():
    """Recorded on 6.18 and as in __do_fault of 3.0: a reader's smaps has it as Shared_Dirty."""
    h, mapping = mapped(FileKind.SHMEM, SHARED)
    h.read(0, 8 * K)
    assert dirty_pages(h, mapping) == 0
    child = fork(h.kernel, h.task, "child")
    h.write(4 * K, 4 * K, task=child)
    assert dirty_pages(h, mapping) == 1
    debug_vm(h.kernel)


def test_the_first_read_of_a_file_is_a_major_fault_that_reads_around():
    h, mapping = mapped(FileKind.REGULAR, Vm.DATA_DEFAULT)
    report = h.read(0, 4 * K)
    assert (report.minor, report.major) == (0, 1)
    assert mapping.nr_pages == 32
    assert (h.read(4 * K, 60 * K).minor, h.task.maj_flt) == (15, 1)


def test_a_write_to_a_private_file_page_is_a_copy():
    h, mapping = mapped(FileKind.REGULAR, Vm.DATA_DEFAULT)
    h.read(0, 4 * K)
    anon, file_pages = h.task.mm.anon_rss, h.task.mm.file_rss
    assert h.write(0, 4 * K).minor == 1
    assert (h.task.mm.anon_rss, h.task.mm.file_rss) == (anon + 1, file_pages - 1)
    assert mapping.nr_pages == 32


def test_a_mapping_that_begins_inside_a_slot_finds_its_pages():
    h = host()
    mapping = AddressSpace(swap_backed=True)
    file = File("/dev/zero (deleted)", FileKind.SHMEM, "00:04", 7, mapping, 4 * M)
    h.map(4 * M, start=START + 12 * K, flags=SHARED, file=file)
    assert h.write(12 * K, 4 * M).minor == 1024
    assert [slot.present.bit_count() for slot in mapping.slots.values()] == [512, 512]


def in_a_small_group(kind, flags):
    """A file of 1 MiB mapped by a process whose group may have 16 pages."""
    h, mapping = mapped(kind, flags, M)
    swapon(h.kernel, 4 * M)
    cgroup_attach(h.kernel, group(h, limit=64 * K), h.task)
    return h, mapping


def test_a_group_smaller_than_what_is_read_ahead_gets_on():
    h, mapping = in_a_small_group(FileKind.REGULAR, Vm.DATA_DEFAULT)
    report = h.read(0, M)
    assert (report.minor + report.major, mapping.nr_pages <= 16) == (256, True)


def test_pages_of_shared_memory_are_mapped_before_more_are_asked_for():
    h, mapping = in_a_small_group(FileKind.SHMEM, SHARED)
    report = h.write(0, M)
    assert (report.minor, report.major) == (256, 0)
    assert mapping.nr_pages <= 16
    assert len(mapping.swapped) == 256 - mapping.nr_pages
