import pytest

from tests.mm.layout import FIXED, SHARED, R, layout, place, placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Map
from thpsh.mm.shmem import dev_zero
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm


def advise(h, offset, size, advice):
    madvise(h.kernel, h.task, START + offset, size, advice)
    debug_vm(h.kernel)


def errno_of(h, offset, size, advice):
    with pytest.raises(KernelError) as error:
        madvise(h.kernel, h.task, START + offset, size, advice)
    debug_vm(h.kernel)
    return error.value.errno


@pytest.mark.parametrize(
    ("offset", "size", "advice", "errno"),
    [
        (0, 4 * M, 99, Errno.EINVAL),
        (1, 4 * M, 99, Errno.EINVAL),
        (1, 4 * K, Madv.HUGEPAGE, Errno.EINVAL),
        (1, 0, Madv.HUGEPAGE, Errno.EINVAL),
        (0, (1 << 64) - 1, Madv.HUGEPAGE, Errno.EINVAL),
        (0, (1 << 64) - 4096, Madv.HUGEPAGE, Errno.EINVAL),
        (8 * M, 4 * K, Madv.HUGEPAGE, Errno.ENOMEM),
        (0, 4 * K, Madv.WILLNEED, Errno.EBADF),
        (0, 4 * K, Madv.REMOVE, Errno.EINVAL),
        (0, 4 * K, 8, Errno.EINVAL),
    ],
    ids=["unknown", "unknown before unaligned", "unaligned", "unaligned before length 0", "wraps to 0", "wraps",
         "unmapped", "willneed", "remove", "free"],
)  # fmt: skip
def test_errors(offset, size, advice, errno):
    h = placed(4 * M)
    assert errno_of(h, offset, size, advice) is errno
    assert layout(h) == [(0, 4096, "rw")]


def test_length_0_is_success_where_nothing_is_mapped():
    advise(host(), 0, 0, Madv.HUGEPAGE)


def test_the_length_is_rounded_up():
    h = placed(4 * M)
    advise(h, 0, 5000, Madv.NOHUGEPAGE)
    assert layout(h) == [(0, 8, "rw"), (8, 4088, "rw")]


def test_the_advice_is_an_int():
    # bad-madvise-len: 0x10000000e is MADV_HUGEPAGE, given twice
    h = placed(4 * M)
    advise(h, 0, 4 * M, 0x10000000E)
    assert vma(h).flags & Vm.HUGEPAGE
    assert errno_of(h, 0, 4 * M, 0x10000000E) is Errno.EINVAL


def test_holes_end_in_enomem_but_the_rest_gets_the_advice():
    # bad-madvise-hole
    h = placed(1 * M)
    place(h, 2 * M, 1 * M)
    place(h, 4 * M, 1 * M)
    assert errno_of(h, 0, 5 * M, Madv.HUGEPAGE) is Errno.ENOMEM
    assert all(vma(h, at).flags & Vm.HUGEPAGE for at in (0, 2 * M, 4 * M))


def test_a_hole_at_the_start_and_one_at_the_end_are_enomem_too():
    h = placed(1 * M)
    assert errno_of(h, -1 * M, 2 * M, Madv.HUGEPAGE) is Errno.ENOMEM
    assert vma(h).flags & Vm.HUGEPAGE
    assert errno_of(h, 0, 2 * M, Madv.NOHUGEPAGE) is Errno.ENOMEM
    assert vma(h).flags & Vm.NOHUGEPAGE


def test_the_first_error_stops_but_what_lies_before_is_changed():
    # khp-two-vmas: a range over an already hinted VMA stops there
    h = placed(1 * M)
    place(h, 1 * M, 1 * M, R)
    place(h, 2 * M, 1 * M)
    advise(h, 1 * M, 1 * M, Madv.HUGEPAGE)
    assert errno_of(h, 0, 3 * M, Madv.HUGEPAGE) is Errno.EINVAL
    assert vma(h).flags & Vm.HUGEPAGE
    assert not vma(h, 2 * M).flags & Vm.HUGEPAGE


def test_a_hinted_vma_that_takes_its_neighbour_in_is_not_asked_again():
    h = placed(3 * M)
    advise(h, 1 * M, 1 * M, Madv.HUGEPAGE)
    advise(h, 0, 3 * M, Madv.HUGEPAGE)
    assert layout(h) == [(0, 3072, "rw")]


def test_dontneed_frees_whole_huge_pages_and_splits_others():
    # split-dontneed-*
    h = placed(6 * M)
    h.write(0, 6 * M)
    advise(h, 2 * M, 3 * M, Madv.DONTNEED)
    assert h.slots(6 * M) == "H.P"
    assert h.event("thp_split") == 1
    assert layout(h) == [(0, 6144, "rw")]
    assert h.write(2 * M, 4 * K).minor == 1
    assert h.slots(6 * M) == "HHP"


def test_dontneed_goes_over_several_vmas():
    h = placed(4 * M)
    h.write(0, 4 * M)
    advise(h, 0, 2 * M, Madv.NOHUGEPAGE)
    advise(h, 0, 4 * M, Madv.DONTNEED)
    assert h.slots(4 * M) == ".."


@pytest.mark.parametrize("flag", [Vm.LOCKED, Vm.PFNMAP, Vm.HUGETLB])
def test_dontneed_of_locked_or_special_memory_is_invalid(flag):
    h = placed(2 * M)
    found = vma(h)
    found.flags |= flag
    with pytest.raises(KernelError) as error:
        madvise(h.kernel, h.task, START, 2 * M, Madv.DONTNEED)
    assert error.value.errno is Errno.EINVAL


def test_willneed_of_a_file_is_success():
    h = host()
    place(h, 0, 1 * M, R, Map.PRIVATE | Map.FIXED, dev_zero(h.kernel))
    advise(h, 0, 1 * M, Madv.WILLNEED)


def test_remove_punches_a_hole_into_shared_memory():
    h = placed(4 * M, flags=SHARED)
    h.write(0, 4 * M)
    advise(h, 1 * M, 2 * M, Madv.REMOVE)
    assert h.slots(4 * M) == "PP"
    assert vma(h).file.mapping.nr_pages == 512


def test_remove_wants_shared_writable_memory_of_a_tmpfs():
    h = placed(1 * M, R, SHARED)
    assert errno_of(h, 0, 4 * K, Madv.REMOVE) is Errno.EACCES
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False), 1 * M)
    place(h, 0, 1 * M, 3, Map.SHARED | Map.FIXED, file)
    assert errno_of(h, 0, 4 * K, Madv.REMOVE) is Errno.ENOSYS
    vma(h).flags |= Vm.LOCKED
    h.task.mm.locked_vm += 256
    assert errno_of(h, 0, 4 * K, Madv.REMOVE) is Errno.EINVAL


def test_hwpoison_checks_neither_alignment_nor_length():
    # bad-hwpoison-range: an untouched page gets the zero page, one fault
    h = placed(2 * M, flags=FIXED)
    h.enabled("madvise")
    before = h.task.min_flt
    advise(h, 1, 4 * K, Madv.HWPOISON)
    assert h.slots(2 * M) == "z"
    assert h.task.min_flt == before + 1
    assert errno_of(h, 4 * M, 4 * K, Madv.HWPOISON) is Errno.EFAULT
    advise(h, 4 * M, 0, Madv.SOFT_OFFLINE)


def test_hwpoison_of_memory_without_access_is_efault():
    h = placed(2 * M, 0)
    assert errno_of(h, 0, 4 * K, Madv.HWPOISON) is Errno.EFAULT
