from dataclasses import replace

import pytest

from tests.mm.layout import FIXED, SHARED, R, layout, place, placed, vma
from tests.support import START, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv, Map
from thpsh.mm.shmem import dev_zero
from thpsh.structs.config import BuildConfig
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm


def advise(h, offset, size, *advice):
    for number in advice:
        madvise(h.kernel, h.task, START + offset, size, number)
    debug_vm(h.kernel)


def errno_of(h, offset, size, advice):
    with pytest.raises(KernelError) as error:
        madvise(h.kernel, h.task, START + offset, size, advice)
    return error.value.errno


@pytest.mark.parametrize(
    ("advice", "expected"),
    [
        ((Madv.SEQUENTIAL,), Vm.SEQ_READ),
        ((Madv.SEQUENTIAL, Madv.RANDOM), Vm.RAND_READ),
        ((Madv.RANDOM, Madv.SEQUENTIAL), Vm.SEQ_READ),
        ((Madv.RANDOM, Madv.NORMAL), 0),
        ((Madv.DONTFORK,), Vm.DONTCOPY),
        ((Madv.DONTFORK, Madv.DOFORK), 0),
        ((Madv.MERGEABLE,), Vm.MERGEABLE),
        ((Madv.MERGEABLE, Madv.UNMERGEABLE), 0),
        ((Madv.UNMERGEABLE,), 0),
        ((Madv.HUGEPAGE,), Vm.HUGEPAGE),
        ((Madv.NOHUGEPAGE,), Vm.NOHUGEPAGE),
        ((Madv.HUGEPAGE, Madv.NOHUGEPAGE), Vm.NOHUGEPAGE),
        ((Madv.NOHUGEPAGE, Madv.HUGEPAGE), Vm.HUGEPAGE),
    ],
)
def test_each_advice_changes_its_flags(advice, expected):
    h = placed(2 * M)
    plain = vma(h).flags
    advise(h, 0, 2 * M, *advice)
    assert vma(h).flags == plain | expected


@pytest.mark.parametrize("advice", [Madv.HUGEPAGE, Madv.NOHUGEPAGE])
def test_the_same_hint_twice_is_invalid(advice):
    # bad-madvise-twice
    h = placed(2 * M)
    advise(h, 0, 2 * M, advice)
    assert errno_of(h, 0, 2 * M, advice) is Errno.EINVAL


@pytest.mark.parametrize("advice", [Madv.HUGEPAGE, Madv.NOHUGEPAGE])
@pytest.mark.parametrize("flag", [Vm.IO, Vm.PFNMAP, Vm.DONTEXPAND, Vm.RESERVED, Vm.HUGETLB, Vm.MIXEDMAP, Vm.SAO])
def test_hints_on_special_memory_are_invalid(advice, flag):
    h = placed(2 * M)
    vma(h).flags |= flag
    assert errno_of(h, 0, 2 * M, advice) is Errno.EINVAL


def test_hints_on_shared_memory_are_invalid():
    # bad-madvise-shared
    h = placed(2 * M, flags=SHARED)
    assert errno_of(h, 0, 2 * M, Madv.HUGEPAGE) is Errno.EINVAL
    assert errno_of(h, 0, 2 * M, Madv.NOHUGEPAGE) is Errno.EINVAL


def test_hints_on_private_files_are_taken():
    h = host()
    file = File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False), 2 * M)
    place(h, 0, 2 * M, R, Map.PRIVATE | Map.FIXED, file)
    place(h, 2 * M, 2 * M, R, Map.PRIVATE | Map.FIXED, dev_zero(h.kernel))
    advise(h, 0, 4 * M, Madv.HUGEPAGE)
    assert vma(h).flags & vma(h, 2 * M).flags & Vm.HUGEPAGE


def test_kernels_before_the_advice_do_not_know_it():
    h = placed(2 * M)
    features = h.kernel.features
    h.kernel.features = replace(features, madv_nohugepage=False)
    advise(h, 0, 2 * M, Madv.HUGEPAGE)
    assert errno_of(h, 0, 2 * M, Madv.NOHUGEPAGE) is Errno.EINVAL
    h.kernel.features = replace(features, madv_hugepage=False)
    assert errno_of(h, 0, 2 * M, Madv.HUGEPAGE) is Errno.EINVAL
    h.kernel.features = features
    h.kernel.build = BuildConfig(thp="off")
    assert errno_of(h, 0, 2 * M, Madv.NOHUGEPAGE) is Errno.EINVAL


def test_a_hint_cuts_and_the_opposite_merges_again():
    # split-nohugepage-middle
    h = placed(4 * M)
    h.write(0, 4 * M)
    advise(h, 1 * M, 4 * K, Madv.NOHUGEPAGE)
    assert layout(h) == [(0, 1024, "rw"), (1024, 4, "rw"), (1028, 3068, "rw")]
    assert h.slots(4 * M) == "FH"
    assert h.event("thp_split") == 1


def test_a_hint_at_slot_boundaries_splits_nothing():
    h = placed(6 * M)
    h.write(0, 6 * M)
    advise(h, 2 * M, 2 * M, Madv.NOHUGEPAGE)
    assert (h.slots(6 * M), h.event("thp_split")) == ("HHH", 0)


def test_neighbours_with_the_same_hint_merge():
    h = placed(4 * M)
    advise(h, 0, 2 * M, Madv.HUGEPAGE)
    advise(h, 2 * M, 2 * M, Madv.HUGEPAGE)
    assert layout(h) == [(0, 4096, "rw")]


def test_the_first_hint_under_madvise_does_not_register():
    # khp-register-madvise: the old flags are tested
    h = placed(2 * M)
    h.enabled("madvise")
    h.write(0, 4 * K)
    advise(h, 0, 2 * M, Madv.HUGEPAGE)
    assert not h.task.mm.khugepaged


def test_a_hint_under_always_registers_touched_memory_at_once():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 4 * K)
    h.enabled("always")
    advise(h, 0, 2 * M, Madv.HUGEPAGE)
    assert h.task.mm.khugepaged


@pytest.mark.parametrize("before", ["untouched", "refused", "too small"])
def test_where_a_hint_under_always_does_not_register(before):
    h = placed(2 * M)
    h.enabled("never")
    if before != "untouched":
        h.write(0, 4 * K)
    if before == "refused":
        advise(h, 0, 2 * M, Madv.NOHUGEPAGE)
    h.enabled("always")
    if before == "too small":
        h = placed(1 * M)
    advise(h, 0, 1 * M if before == "too small" else 2 * M, Madv.HUGEPAGE)
    assert not h.task.mm.khugepaged


def test_before_commit_18_a_hint_registered_nobody():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 4 * K)
    h.enabled("always")
    h.kernel.features = replace(h.kernel.features, khugepaged_madvise_aware=False)
    advise(h, 0, 2 * M, Madv.HUGEPAGE)
    assert not h.task.mm.khugepaged


def test_a_hint_that_merges_with_a_hinted_neighbour_registers():
    # the merged VMA has the flag when khugepaged_enter_vma_merge looks at it
    h = placed(4 * M)
    h.enabled("never")
    h.write(0, 4 * M, step=2 * M)
    advise(h, 0, 2 * M, Madv.HUGEPAGE)
    h.enabled("madvise")
    assert not h.task.mm.khugepaged
    advise(h, 2 * M, 2 * M, Madv.HUGEPAGE)
    assert h.task.mm.khugepaged


def test_too_many_vmas_is_eagain():
    # sysctl-max-map-count
    h = placed(64 * K)
    h.kernel.sysctl.max_map_count = 5
    assert errno_of(h, 8 * K, 4 * K, Madv.NOHUGEPAGE) is Errno.EAGAIN


def test_mergeable_is_ignored_where_it_makes_no_sense():
    h = placed(2 * M, flags=SHARED)
    plain = vma(h).flags
    advise(h, 0, 2 * M, Madv.MERGEABLE)
    assert vma(h).flags == plain


def test_device_memory_stays_out_of_children():
    h = placed(2 * M, flags=FIXED)
    vma(h).flags |= Vm.IO
    assert errno_of(h, 0, 2 * M, Madv.DOFORK) is Errno.EINVAL
