import pytest

from tests.mm.layout import SHARED, layout, place, placed
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mlock import mlock
from thpsh.mm.mmap import munmap
from thpsh.mm.munmap import exit_mmap
from thpsh.mm.pgtable import free_pgd
from thpsh.structs.page import TASK_SIZE


def unmap(h, offset, size):
    munmap(h.kernel, h.task, START + offset, size)
    debug_vm(h.kernel)


@pytest.mark.parametrize(
    ("start", "length"), [(START + 1, 4096), (START, 0), (TASK_SIZE + 4096, 4096), (START, TASK_SIZE)]
)
def test_what_is_no_range(start, length):
    h = placed(4 * M)
    with pytest.raises(KernelError) as error:
        munmap(h.kernel, h.task, start, length)
    assert error.value.errno is Errno.EINVAL
    assert layout(h) == [(0, 4096, "rw")]


def test_where_nothing_is_mapped_nothing_happens():
    h = placed(4 * M)
    unmap(h, 8 * M, 4 * K)
    assert layout(h) == [(0, 4096, "rw")]


def test_the_length_is_rounded_up():
    h = placed(4 * M)
    unmap(h, 0, 5000)
    assert layout(h) == [(8, 4088, "rw")]


def test_whole_huge_pages_go_without_a_split():
    # split-munmap-slot
    h = placed(6 * M)
    h.write(0, 6 * M)
    unmap(h, 2 * M, 2 * M)
    assert layout(h) == [(0, 2048, "rw"), (4096, 2048, "rw")]
    assert h.slots(6 * M) == "H.H"
    assert h.event("thp_split") == 0


def test_cut_huge_pages_are_split():
    # split-munmap-across
    h = placed(6 * M)
    h.write(0, 6 * M)
    unmap(h, 1 * M, 4 * M)
    assert layout(h) == [(0, 1024, "rw"), (5120, 1024, "rw")]
    assert h.slots(6 * M) == "P.P"
    assert h.event("thp_split") == 2
    assert h.task.mm.anon_rss == 512 + exec_rss()


def exec_rss():
    """Anonymous pages of a process that has just started."""
    return host().task.mm.anon_rss


def test_several_vmas_go_at_once():
    h = placed(1 * M)
    place(h, 2 * M, 1 * M)
    place(h, 4 * M, 1 * M)
    unmap(h, 512 * K, 4 * M)
    assert layout(h) == [(0, 512, "rw"), (4608, 512, "rw")]


def test_page_tables_go_when_nothing_else_needs_them():
    h = placed(4 * M)
    h.enabled("never")
    h.write(0, 4 * M)
    tables = h.task.mm.nr_ptes
    unmap(h, 0, 1 * M)
    assert h.task.mm.nr_ptes == tables
    unmap(h, 1 * M, 1 * M)
    assert h.task.mm.nr_ptes == tables - 1
    unmap(h, 2 * M, 2 * M)
    assert h.task.mm.nr_ptes == tables - 2


def test_a_hole_may_not_exceed_max_map_count():
    # sysctl-max-map-count: ENOMEM for a hole; an end may go all the same.
    h = placed(64 * K)
    h.kernel.sysctl.max_map_count = 5
    with pytest.raises(KernelError) as error:
        munmap(h.kernel, h.task, START + 12 * K, 4 * K)
    assert error.value.errno is Errno.ENOMEM
    assert layout(h) == [(0, 64, "rw")]
    unmap(h, 0, 4 * K)
    assert layout(h) == [(4, 60, "rw")]


def test_locked_pages_are_unlocked():
    h = placed(2 * M)
    h.enabled("never")
    mlock(h.kernel, h.task, START, 2 * M)
    zone = h.kernel.zones[-1]
    assert zone.stat.nr_mlock == 512
    unmap(h, 0, 1 * M)
    assert (h.task.mm.locked_vm, zone.stat.nr_mlock) == (256, 256)


def test_the_peak_of_the_size_is_remembered():
    h = placed(64 * M)
    peak = h.task.mm.total_vm
    unmap(h, 0, 64 * M)
    assert h.task.mm.hiwater_vm == peak
    assert h.task.mm.total_vm == peak - 16384


def test_shared_memory_is_freed_with_its_last_mapping():
    h = placed(4 * M, flags=SHARED)
    zone = h.kernel.zones[-1]
    cached = zone.stat.nr_shmem
    committed = h.kernel.totals.committed_as
    h.write(0, 4 * M)
    assert zone.stat.nr_shmem == cached + 1024
    unmap(h, 0, 2 * M)
    assert zone.stat.nr_shmem == cached + 1024
    unmap(h, 2 * M, 2 * M)
    assert zone.stat.nr_shmem == cached
    assert h.kernel.totals.committed_as == committed - 1024


def test_the_end_of_a_process_takes_all_at_once():
    h = placed(6 * M)
    h.write(0, 5 * M)
    mlock(h.kernel, h.task, START, 4 * K)
    splits = h.event("thp_split")
    mm = h.task.mm
    exit_mmap(h.kernel, h.task, mm)
    assert (mm.vmas, mm.pmds, mm.rss, mm.total_vm, mm.committed, mm.locked_vm) == ([], {}, 0, 0, 0, 0)
    assert h.event("thp_split") == splits
    free_pgd(h.kernel, 0, mm)
    debug_vm(h.kernel)
