import pytest

from tests.mm.layout import NONE, R, layout, place, placed, vma
from tests.support import START, G, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock, mlockall, munlock, munlockall
from thpsh.mm.mman import Madv, Map, Mcl, Prot
from thpsh.mm.mmap import munmap
from thpsh.mm.mprotect import mprotect
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.structs.page import Lru
from thpsh.structs.vma import Vm


def lock(h, offset, size, task=None):
    mlock(h.kernel, task or h.task, START + offset, size)
    debug_vm(h.kernel)


def unlock(h, offset, size, task=None):
    munlock(h.kernel, task or h.task, START + offset, size)
    debug_vm(h.kernel)


def errno_of(call, *args):
    with pytest.raises(KernelError) as error:
        call(*args)
    return error.value.errno


def stat(h):
    return h.kernel.zones[-1].stat


def listed(h, kind):
    return h.kernel.zones[-1].lruvec.lists[kind].nr_pages


def test_locking_faults_in_and_counts_the_faults():
    h = placed(4 * M)
    h.enabled("never")
    before = h.task.min_flt
    lock(h, 0, 1 * M)
    assert h.slots(4 * M) == "P."
    assert h.task.min_flt == before + 256
    assert layout(h) == [(0, 1024, "rw"), (1024, 3072, "rw")]
    assert h.task.mm.locked_vm == 256
    assert (stat(h).nr_mlock, listed(h, Lru.UNEVICTABLE)) == (256, 256)
    assert h.event("unevictable_pgs_mlocked") == 256
    assert h.event("unevictable_pgs_culled") == 0  # a page faulted into locked memory is born unevictable


def test_the_range_is_widened_to_whole_pages():
    h = placed(64 * K)
    h.enabled("never")
    lock(h, 4 * K + 1, 4 * K)
    assert layout(h) == [(0, 4, "rw"), (4, 8, "rw"), (12, 52, "rw")]


def test_nothing_is_locked_by_length_0():
    h = placed(64 * K)
    lock(h, 0, 0)
    assert layout(h) == [(0, 64, "rw")]
    assert h.task.mm.locked_vm == 0


def test_a_range_that_wraps_is_invalid():
    h = placed(64 * K)
    assert errno_of(mlock, h.kernel, h.task, START, (1 << 64) - 4096) is Errno.EINVAL


def test_a_huge_page_faulted_into_locked_memory_counts_once():
    # fact sheet 10.5: Mlocked 4 kB, Unevictable 2048 kB
    h = placed(4 * M)
    lock(h, 0, 4 * M)
    assert h.slots(4 * M) == "HH"
    assert (stat(h).nr_mlock, listed(h, Lru.UNEVICTABLE)) == (2, 1024)
    unlock(h, 0, 4 * M)
    assert (stat(h).nr_mlock, listed(h, Lru.UNEVICTABLE)) == (0, 0)


def test_a_huge_page_that_was_there_is_not_marked():
    h = placed(2 * M)
    h.write(0, 4 * K)
    lock(h, 0, 2 * M)
    assert h.slots(2 * M) == "H"
    assert stat(h).nr_mlock == 0
    assert h.task.mm.locked_vm == 512


def test_part_of_a_huge_page_splits_it():
    # split-mlock-page
    h = placed(4 * M)
    h.write(0, 4 * M)
    before = h.task.min_flt
    lock(h, 4 * K, 4 * K)
    assert h.slots(4 * M) == "FH"
    assert (h.event("thp_split"), h.task.min_flt) == (1, before)
    assert layout(h) == [(0, 4, "rw"), (4, 4, "rw"), (8, 4088, "rw")]
    assert stat(h).nr_mlock == 1
    unlock(h, 4 * K, 4 * K)
    assert layout(h) == [(0, 4096, "rw")]
    assert (stat(h).nr_mlock, h.event("unevictable_pgs_munlocked")) == (0, 1)


def test_present_pages_move_to_the_unevictable_list_and_back():
    h = placed(1 * M)
    h.enabled("never")
    h.write(0, 1 * M)
    lru_add_drain_all(h.kernel)
    active = listed(h, Lru.ACTIVE_ANON)
    lock(h, 0, 1 * M)
    assert listed(h, Lru.ACTIVE_ANON) == active - 256
    assert listed(h, Lru.UNEVICTABLE) == 256
    assert h.event("unevictable_pgs_mlocked") == h.event("unevictable_pgs_culled") == 256
    unlock(h, 0, 1 * M)
    lru_add_drain_all(h.kernel)
    assert listed(h, Lru.UNEVICTABLE) == 0
    assert listed(h, Lru.INACTIVE_ANON) == 256  # the active flag was lost on the way
    assert h.event("unevictable_pgs_rescued") == 256


def test_a_hole_stops_the_flags_and_nothing_is_faulted_in():
    h = placed(1 * M)
    place(h, 2 * M, 1 * M)
    assert errno_of(mlock, h.kernel, h.task, START, 3 * M) is Errno.ENOMEM
    assert vma(h).flags & Vm.LOCKED
    assert not vma(h, 2 * M).flags & Vm.LOCKED
    assert h.slots(2 * M) == "."
    assert h.task.mm.locked_vm == 256


def test_memory_without_access_stops_the_faults_but_keeps_the_flags():
    h = placed(4 * M)
    h.enabled("never")
    mprotect(h.kernel, h.task, START + 1 * M, 1 * M, NONE)
    assert errno_of(mlock, h.kernel, h.task, START, 4 * M) is Errno.ENOMEM
    assert h.slots(4 * M) == "P."
    assert h.task.mm.locked_vm == 1024


def test_read_only_memory_gets_the_zero_page_which_is_never_marked():
    h = placed(2 * M, R)
    h.enabled("never")
    lock(h, 0, 2 * M)
    assert h.slots(2 * M) == "z"
    assert stat(h).nr_mlock == 0
    unlock(h, 0, 2 * M)


def test_locking_breaks_copy_on_write():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    rss = h.kernel.zones[-1].stat.nr_anon_pages
    lock(h, 0, 2 * M, child)
    assert h.kernel.zones[-1].stat.nr_anon_pages == rss + 512
    assert stat(h).nr_mlock == 512


def test_a_page_locked_by_another_process_stays_locked():
    h = placed(64 * K, R)
    mprotect(h.kernel, h.task, START, 64 * K, 3)
    h.enabled("never")
    h.write(0, 64 * K)
    mprotect(h.kernel, h.task, START, 64 * K, R)
    child = fork(h.kernel, h.task, "child")
    lock(h, 0, 64 * K)
    lock(h, 0, 32 * K, child)
    assert stat(h).nr_mlock == 16
    unlock(h, 0, 64 * K)
    assert (stat(h).nr_mlock, listed(h, Lru.UNEVICTABLE)) == (8, 8)
    munmap(h.kernel, child, START, 64 * K)
    debug_vm(h.kernel)
    assert (stat(h).nr_mlock, listed(h, Lru.UNEVICTABLE)) == (0, 0)


def test_looking_marks_pages_used_but_their_entries_not():
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    table = h.task.mm.pmds[START >> 21]
    table.young = table.dirty = 0
    block = table.runs[0][1]
    block.referenced = block.dirty = 0
    lock(h, 0, 64 * K)
    assert (table.young, table.dirty) == (0, 0)
    assert block.referenced.bit_count() == 16
    assert block.dirty.bit_count() == 16


def test_locking_everything_and_everything_to_come():
    h = host()
    h.enabled("never")
    mlockall(h.kernel, h.task, Mcl.CURRENT | Mcl.FUTURE)
    debug_vm(h.kernel)
    mm = h.task.mm
    assert mm.locked_vm == mm.total_vm - 1  # the vdso is special
    place(h, 0, 1 * M)
    assert h.slots(2 * M) == "P"
    munlockall(h.kernel, h.task)
    debug_vm(h.kernel)
    assert (mm.locked_vm, mm.def_flags) == (0, 0)


def test_the_future_alone_changes_nothing_now():
    h = placed(1 * M)
    mlockall(h.kernel, h.task, Mcl.FUTURE)
    assert h.task.mm.locked_vm == 0
    assert h.task.mm.def_flags == Vm.LOCKED
    assert errno_of(mlockall, h.kernel, h.task, 0) is Errno.EINVAL
    assert errno_of(mlockall, h.kernel, h.task, 4) is Errno.EINVAL


def test_when_memory_ends_the_biggest_dies():
    h = host()
    h.kernel.sysctl.overcommit_memory = 1
    h.enabled("never")
    place(h, 0, 2 * G)
    assert errno_of(mlock, h.kernel, h.task, START, 2 * G) is Errno.EINTR
    assert h.task.killed_by == "SIGKILL"
    debug_vm(h.kernel)


def test_locked_memory_cannot_be_thrown_away():
    # bad-madvise-locked
    h = placed(4 * M)
    lock(h, 0, 4 * M)
    assert errno_of(madvise, h.kernel, h.task, START, 4 * K, Madv.DONTNEED) is Errno.EINVAL
    assert h.slots(4 * M) == "HH"


def test_a_locked_page_keeps_its_referenced_flag_however_often_it_is_looked_at():
    h = placed(64 * K)
    h.enabled("never")
    lock(h, 0, 64 * K)
    block = h.task.mm.pmds[START >> 21].runs[0][1]
    assert block.referenced.bit_count() == 16
    lock(h, 0, 64 * K)
    assert block.referenced.bit_count() == 16
    assert h.event("pgactivate") == 0


def test_a_length_that_wraps_to_nothing_locks_nothing():
    h = placed(64 * K)
    lock(h, 0, (1 << 64) - 1)
    munlock(h.kernel, h.task, START + 1, (1 << 64) - 2)
    assert h.task.mm.locked_vm == 0
    assert errno_of(mlock, h.kernel, h.task, START, (1 << 64) - 4 * K) is Errno.EINVAL


def test_a_huge_page_and_four_small_ones_count_as_recorded():
    # proc-files.txt: a huge page born in locked memory, four touched pages locked afterwards
    h = placed(4 * M)
    lock(h, 0, 2 * M)
    h.enabled("never")
    h.write(2 * M, 40 * K)
    lock(h, 2 * M, 16 * K)
    assert (h.event("unevictable_pgs_mlocked"), h.event("unevictable_pgs_culled"), stat(h).nr_mlock) == (5, 4, 5)


def test_a_page_that_another_locked_vma_maps_is_locked_again_and_counted():
    h = placed(16 * K)
    h.enabled("never")
    h.write(0, 16 * K)
    child = fork(h.kernel, h.task, "child")
    for task in (h.task, child):
        mlock_read(h, task)
    before = h.event("unevictable_pgs_mlocked")
    munlock(h.kernel, child, START, 16 * K)
    debug_vm(h.kernel)
    assert (stat(h).nr_mlock, listed(h, Lru.UNEVICTABLE)) == (4, 4)
    assert h.event("unevictable_pgs_mlocked") == before + 4
    assert h.event("unevictable_pgs_munlocked") == 0


def mlock_read(h, task):
    """Lock memory that may only be read, so that what a parent and a child share stays shared."""
    mprotect(h.kernel, task, START, 16 * K, Prot.READ)
    mlock(h.kernel, task, START, 16 * K)


def test_who_writes_to_shared_locked_memory_does_not_leave_the_other_a_locked_page():
    h = placed(16 * K)
    h.enabled("never")
    lock(h, 0, 16 * K)
    child = fork(h.kernel, h.task, "child")
    h.write(0, 8 * K)
    debug_vm(h.kernel)
    assert (stat(h).nr_mlock, listed(h, Lru.UNEVICTABLE)) == (4, 4)
    assert h.event("unevictable_pgs_munlocked") == h.event("unevictable_pgs_rescued") == 2
    do_exit(h.kernel, child)
    debug_vm(h.kernel)
    assert stat(h).nr_mlock == 4


def test_what_is_freed_while_locked_is_counted():
    h = placed(2 * M)
    lock(h, 0, 2 * M)
    child = fork(h.kernel, h.task, "child")
    h.write(0, 4 * K)  # the huge page is the child's alone now, and still locked
    assert (stat(h).nr_mlock, h.event("unevictable_pgs_mlockfreed")) == (2, 0)
    do_exit(h.kernel, child)
    debug_vm(h.kernel)
    assert (stat(h).nr_mlock, h.event("unevictable_pgs_mlockfreed")) == (1, 1)


def test_shared_memory_that_is_given_up_is_not_locked_any_more():
    h = placed(16 * K, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED)
    h.write(0, 16 * K)
    child = fork(h.kernel, h.task, "child")
    lock(h, 0, 16 * K)
    madvise(h.kernel, child, START, 8 * K, Madv.REMOVE)
    debug_vm(h.kernel)
    assert (stat(h).nr_mlock, h.event("unevictable_pgs_cleared"), h.event("unevictable_pgs_rescued")) == (2, 2, 2)
