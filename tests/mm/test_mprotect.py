from dataclasses import replace

import pytest

from tests.mm.layout import FIXED, NONE, RW, SHARED, R, layout, place, placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mman import Map, Prot
from thpsh.mm.mprotect import mprotect, vma_wants_writenotify
from thpsh.mm.shmem import dev_zero
from thpsh.structs.bits import FULL, span
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm


def protect(h, offset, size, prot):
    mprotect(h.kernel, h.task, START + offset, size, prot)
    debug_vm(h.kernel)


def errno_of(*args):
    with pytest.raises(KernelError) as error:
        mprotect(*args)
    return error.value.errno


def test_a_whole_huge_page_stays_huge():
    # split-mprotect-whole
    h = placed(4 * M)
    h.write(0, 4 * M)
    protect(h, 0, 2 * M, R)
    assert h.slots(4 * M) == "HH"
    assert layout(h) == [(0, 2048, "r-"), (2048, 2048, "rw")]
    assert not h.task.mm.pmds[START >> 21].writable
    assert h.event("thp_split") == 0


def test_before_commit_31_it_was_split():
    h = placed(2 * M)
    h.write(0, 4 * K)
    h.kernel.features = replace(h.kernel.features, mprotect_huge=False)
    protect(h, 0, 2 * M, R)
    assert h.slots(2 * M) == "F"


def test_a_part_of_a_huge_page_splits_it():
    # split-mprotect-middle
    h = placed(4 * M)
    h.write(0, 4 * M)
    protect(h, 1 * M, 4 * K, R)
    assert h.slots(4 * M) == "FH"
    assert layout(h) == [(0, 1024, "rw"), (1024, 4, "r-"), (1028, 3068, "rw")]
    table = h.task.mm.pmds[START >> 21]
    assert table.writable == FULL ^ span(256, 257)
    assert h.event("thp_split") == 1


def test_writing_is_allowed_again_by_the_next_fault():
    # split-mprotect-none: 3 faults, one for the huge page, one for each of the two small ones
    h = placed(4 * M)
    h.write(0, 4 * M)
    protect(h, 0, 2 * M, NONE)
    protect(h, 2 * M, 8 * K, NONE)
    assert h.slots(4 * M) == "HF"
    protect(h, 0, 4 * M, RW)
    assert layout(h) == [(0, 4096, "rw")]
    assert h.task.mm.pmds[(START >> 21) + 1].writable == FULL ^ 3
    assert h.write(0, 4 * M).minor == 3


def test_nothing_changes_when_the_access_is_the_same():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 2 * M)
    protect(h, 0, 1 * M, RW)
    assert layout(h) == [(0, 2048, "rw")]
    assert h.write(0, 2 * M).minor == 0


def test_more_access_takes_the_write_bits_all_the_same():
    h = placed(64 * K)
    h.enabled("never")
    h.write(0, 64 * K)
    protect(h, 0, 64 * K, RW | Prot.EXEC)
    assert h.task.mm.pmds[START >> 21].writable == 0
    assert h.write(0, 64 * K).minor == 16


def test_shared_memory_becomes_writable_at_once():
    h = placed(64 * K, flags=SHARED)
    h.write(0, 32 * K)
    protect(h, 0, 64 * K, R)
    assert h.task.mm.pmds[START >> 21].writable == 0
    protect(h, 0, 64 * K, RW)
    assert h.task.mm.pmds[START >> 21].writable == span(0, 8)


def test_shared_files_of_a_disk_want_to_hear_of_writes():
    h = host()
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False), 64 * K)
    place(h, 0, 64 * K, RW, Map.SHARED | Map.FIXED, file)
    assert vma_wants_writenotify(vma(h))
    h.write(0, 16 * K)
    h.read(16 * K, 16 * K)
    protect(h, 0, 64 * K, R)
    protect(h, 0, 64 * K, RW)
    assert h.task.mm.pmds[START >> 21].writable == span(0, 4)  # the dirty ones


def test_the_zero_page_never_becomes_writable():
    h = placed(64 * K, R)
    h.enabled("never")
    h.read(0, 64 * K)
    protect(h, 0, 64 * K, RW)
    assert h.task.mm.pmds[START >> 21].writable == 0
    assert h.write(0, 64 * K).minor == 16


@pytest.mark.parametrize(
    ("start", "length", "prot", "errno"),
    [
        (START + 1, 4 * K, R, Errno.EINVAL),
        (START, 4 * K, 0x40, Errno.EINVAL),
        (START, 4 * K, Prot.GROWSDOWN | Prot.GROWSUP, Errno.EINVAL),
        (START, 4 * K, Prot.GROWSDOWN, Errno.EINVAL),
        (START, 4 * K, Prot.GROWSUP, Errno.EINVAL),
        (START + 8 * M, 4 * K, R, Errno.ENOMEM),
        (START, (1 << 64) - 4096, R, Errno.ENOMEM),
        ((1 << 64) - 8192, 8192, R, Errno.ENOMEM),
    ],
)
def test_errors(start, length, prot, errno):
    h = placed(4 * M)
    assert errno_of(h.kernel, h.task, start, length, prot) is errno
    assert layout(h) == [(0, 4096, "rw")]


def test_length_0_is_success_anywhere():
    h = host()
    mprotect(h.kernel, h.task, START, 0, R)


def test_a_hole_is_enomem_after_the_parts_before_it():
    h = placed(1 * M)
    place(h, 2 * M, 1 * M)
    assert errno_of(h.kernel, h.task, START, 3 * M, R) is Errno.ENOMEM
    assert layout(h) == [(0, 1024, "r-"), (2048, 1024, "rw")]


def test_access_that_was_never_allowed_is_eacces():
    h = placed(1 * M)
    vma(h).flags &= ~Vm.MAYWRITE & ~Vm.WRITE
    assert errno_of(h.kernel, h.task, START, 4 * K, RW) is Errno.EACCES


def test_promised_pages_are_given_back_when_the_cut_fails():
    h = placed(64 * K, R)
    before = h.kernel.totals.committed_as
    h.kernel.sysctl.max_map_count = len(h.task.mm.vmas)
    assert errno_of(h.kernel, h.task, START + 4 * K, 4 * K, RW) is Errno.ENOMEM
    assert h.kernel.totals.committed_as == before
    debug_vm(h.kernel)


def test_grows_down_reaches_to_the_start_of_a_stack():
    h = placed(1 * M, flags=FIXED | Map.GROWSDOWN)
    protect(h, 512 * K, 4 * K, R | Prot.GROWSDOWN)
    assert layout(h) == [(0, 516, "r-"), (516, 508, "rw")]


def test_the_size_of_executable_files_follows():
    h = host()
    place(h, 0, 1 * M, R, Map.PRIVATE | Map.FIXED, dev_zero(h.kernel))
    before = h.task.mm.exec_vm
    protect(h, 0, 512 * K, R | Prot.EXEC)
    assert h.task.mm.exec_vm == before + 128
