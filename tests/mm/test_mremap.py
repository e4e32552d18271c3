import pytest

from tests.mm.layout import FIXED, SHARED, R, layout, place, placed, vma
from tests.support import START, G, K, M
from thpsh.boot import start_process
from thpsh.errors import Errno, KernelError
from thpsh.mm import move_page_tables
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock
from thpsh.mm.mman import Madv, Map, Mremap
from thpsh.mm.mprotect import mprotect
from thpsh.mm.mremap import RemapRequest, mremap
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.vma import Vm

MOVE = Mremap.MAYMOVE
TO = Mremap.MAYMOVE | Mremap.FIXED


def resize(h, offset, old, new, flags=MOVE, to=0, task=None):
    found = mremap(h.kernel, task or h.task, RemapRequest(START + offset, old, new, flags, START + to))
    debug_vm(h.kernel)
    return found - START


def errno_of(h, *args):
    with pytest.raises(KernelError) as error:
        resize(h, *args)
    debug_vm(h.kernel)
    return error.value.errno


@pytest.mark.parametrize(
    ("args", "errno"),
    [
        ((1, 4 * K, 8 * K), Errno.EINVAL),
        ((0, 4 * K, 0), Errno.EINVAL),
        ((0, 4 * K, 8 * K, 8), Errno.EINVAL),
        ((0, 4 * K, 4 * K, Mremap.FIXED, 64 * M), Errno.EINVAL),
        ((8 * M, 2 * M, 4 * M), Errno.EFAULT),
        ((2 * M, 4 * M, 8 * M), Errno.EFAULT),
        ((0, 2 * M, 2 * M, TO, 64 * M + 1), Errno.EINVAL),
        ((0, 2 * M, 2 * M, TO, 1 * M), Errno.EINVAL),
        ((2 * M, 2 * M, 4 * M, TO, 0), Errno.EINVAL),
        ((0, 0, 4 * K, TO, 0), Errno.EINVAL),
        ((0, 4 * K, 4 * K, TO, 1 << 47), Errno.EINVAL),
    ],
    ids=["unaligned", "new length 0", "flags", "fixed alone", "unmapped", "across VMAs", "target unaligned",
         "overlap above", "overlap below", "same place", "beyond user space"],
)  # fmt: skip
def test_errors(args, errno):
    h = placed(4 * M)
    assert errno_of(h, *args) is errno
    assert layout(h) == [(0, 4096, "rw")]


def test_growing_in_place():
    # split-mremap-grow
    h = placed(3 * M)
    h.write(0, 3 * M, step=1 * M)
    assert h.slots(4 * M) == "HP"
    total = h.task.mm.total_vm
    assert resize(h, 0, 3 * M, 6 * M) == 0
    assert layout(h) == [(0, 6144, "rw")]
    assert h.slots(6 * M) == "HP."
    assert h.task.mm.total_vm == total + 768
    assert h.write(3 * M, 3 * M, step=1 * M).minor == 2
    assert h.slots(6 * M) == "HPH"


def test_growing_in_place_registers_nobody():
    # reg-mremap-grow
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 4 * K)
    h.enabled("always")
    resize(h, 0, 2 * M, 6 * M)
    assert not h.task.mm.khugepaged
    resize(h, 0, 6 * M, 6 * M, TO, 1 * G)
    assert not h.task.mm.khugepaged


def test_what_cannot_grow_in_place_moves():
    h = placed(1 * M)
    h.write(0, 1 * M)
    place(h, 1 * M, 4 * K, R)
    moved = resize(h, 0, 1 * M, 2 * M)
    assert moved > 1 << 40
    assert layout(h) == [(1024, 4, "r-")]
    found = h.task.mm.vma_at(START + moved)
    assert (found.start, found.nr_pages) == (START + moved, 512)
    assert sum(t.present.bit_count() for s, t in h.task.mm.pmds.items() if s >= (START + moved) >> 21) >= 256


def test_what_may_not_move_fails():
    h = placed(1 * M)
    place(h, 1 * M, 4 * K, R)
    before = h.kernel.totals.committed_as
    assert errno_of(h, 0, 1 * M, 2 * M, 0) is Errno.ENOMEM
    assert h.kernel.totals.committed_as == before


def test_a_part_in_the_middle_moves_to_grow():
    h = placed(4 * M)
    moved = resize(h, 1 * M, 1 * M, 2 * M)
    assert layout(h) == [(0, 1024, "rw"), (2048, 2048, "rw")]
    assert h.task.mm.vma_at(START + moved).flags & Vm.ACCOUNT
    assert vma(h).flags & vma(h, 2 * M).flags & Vm.ACCOUNT


def test_shrinking_splits_what_it_cuts():
    # split-mremap-shrink
    h = placed(4 * M)
    h.write(0, 4 * M)
    assert resize(h, 0, 4 * M, 3 * M) == 0
    assert h.slots(4 * M) == "HP"
    assert h.event("thp_split") == 1
    resize(h, 0, 3 * M, 2 * M)
    assert (h.slots(4 * M), h.event("thp_split")) == ("H.", 1)
    assert resize(h, 0, 2 * M, 2 * M) == 0


def test_a_move_splits_even_whole_aligned_huge_pages():
    # split-mremap-slot
    h = placed(4 * M)
    h.write(0, 4 * M)
    assert resize(h, 2 * M, 2 * M, 2 * M, TO, 1 * G) == 1 * G
    assert (h.slots(4 * M), h.slots(2 * M, START + 1 * G)) == ("H.", "F")
    assert h.event("thp_split") == 1
    assert h.write(1 * G, 2 * M).minor == 0


def test_a_move_from_an_unaligned_place():
    # split-mremap-unaligned
    h = placed(6 * M)
    h.write(0, 6 * M)
    resize(h, 4 * K, 4 * M, 4 * M, TO, 1 * G)
    assert h.slots(6 * M) == "P.P"
    assert h.slots(4 * M, START + 1 * G) == "FF"
    assert h.event("thp_split") == 3
    assert layout(h) == [(0, 4, "rw"), (4100, 2044, "rw"), (1 << 20, 4096, "rw")]


def test_a_move_of_half_a_huge_page():
    # split-mremap-half
    h = placed(4 * M)
    h.write(0, 4 * M)
    resize(h, 1 * M, 1 * M, 1 * M, TO, 1 * G)
    assert h.slots(4 * M) == "PH"
    assert h.slots(2 * M, START + 1 * G) == "P"
    assert h.write(1 * G, 1 * M).minor == 0


def test_pages_keep_their_offset_when_they_move():
    h = placed(2 * M)
    h.write(0, 4 * K)
    resize(h, 0, 2 * M, 2 * M, TO, 1 * G)
    assert vma(h, 1 * G).pgoff == START >> PAGE_SHIFT
    child = fork(h.kernel, h.task, "child")
    h.write(1 * G, 4 * K, task=child)
    assert h.slots(2 * M, START + 1 * G, child) == "F"


def test_untouched_memory_gets_the_offset_of_its_new_place():
    h = placed(2 * M)
    resize(h, 0, 2 * M, 2 * M, TO, 1 * G)
    assert vma(h, 1 * G).pgoff == (START + 1 * G) >> PAGE_SHIFT


def test_a_fixed_move_replaces_what_is_there_and_may_shrink():
    h = placed(4 * M)
    place(h, 64 * M, 4 * M, R)
    resize(h, 0, 4 * M, 2 * M, TO, 65 * M)
    assert layout(h) == [(65536, 1024, "r-"), (66560, 2048, "rw"), (68608, 1024, "r-")]


def test_a_fixed_move_may_grow():
    h = placed(2 * M)
    h.write(0, 2 * M)
    before = h.kernel.totals.committed_as
    resize(h, 0, 2 * M, 4 * M, TO, 1 * G)
    assert layout(h) == [(1 << 20, 4096, "rw")]
    assert h.slots(4 * M, START + 1 * G) == "F."
    assert h.kernel.totals.committed_as == before + 512


def test_old_length_0_shows_shared_memory_twice():
    h = placed(2 * M, flags=SHARED)
    h.write(0, 2 * M)
    resize(h, 0, 0, 2 * M, TO, 1 * G)
    assert layout(h) == [(0, 2048, "rw"), (1 << 20, 2048, "rw")]
    assert vma(h, 1 * G).file is vma(h).file
    pages = vma(h).file.mapping.nr_pages
    h.write(1 * G, 2 * M)
    assert vma(h).file.mapping.nr_pages == pages


def test_old_length_0_makes_a_second_empty_private_mapping():
    # bad-ranges; the source loses VM_ACCOUNT, since nothing of it could be unmapped
    h = placed(4 * M)
    h.write(0, 4 * M)
    before = h.kernel.totals.committed_as
    resize(h, 2 * M, 0, 2 * M, TO, 1 * G)
    assert layout(h) == [(0, 4096, "rw"), (1 << 20, 2048, "rw")]
    assert h.slots(2 * M, START + 1 * G) == "."
    assert h.kernel.totals.committed_as == before - 1024 + 512
    assert not vma(h).flags & Vm.ACCOUNT


def test_a_locked_mapping_grows_locked_and_present():
    h = placed(2 * M)
    h.enabled("never")
    mlock(h.kernel, h.task, START, 2 * M)
    resize(h, 0, 2 * M, 3 * M)
    assert h.task.mm.locked_vm == 768
    assert h.slots(4 * M) == "FP"
    resize(h, 0, 3 * M, 4 * M, TO, 1 * G)
    assert h.task.mm.locked_vm == 1024
    assert h.slots(4 * M, START + 1 * G) == "FF"
    assert h.kernel.zones[-1].stat.nr_mlock == 1024  # the old place was empty when it was unlocked


def test_a_moved_mapping_may_merge_at_its_new_place():
    h = placed(1 * M)
    place(h, 8 * M, 1 * M)
    resize(h, 8 * M, 1 * M, 1 * M, TO, 1 * M)
    assert layout(h) == [(0, 2048, "rw")]


def test_a_source_that_merges_with_its_target_is_still_unmapped():
    h = placed(2 * M)
    h.write(0, 2 * M)
    resize(h, 0, 1 * M, 1 * M, TO, -1 * M)
    assert layout(h)[-1] == (1024, 1024, "rw")
    assert vma(h, 1 * M).flags & Vm.ACCOUNT
    assert vma(h, -1 * M).flags & Vm.ACCOUNT


def test_protection_and_advice_travel_along():
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 2 * M)
    madvise(h.kernel, h.task, START, 2 * M, Madv.HUGEPAGE)
    mprotect(h.kernel, h.task, START, 2 * M, R)
    resize(h, 0, 2 * M, 2 * M, TO, 1 * G)
    assert vma(h, 1 * G).flags & Vm.HUGEPAGE
    assert layout(h) == [(1 << 20, 2048, "r-")]
    assert h.task.mm.pmds[(START + 1 * G) >> 21].writable == 0


def test_near_max_map_count_nothing_moves():
    h = placed(2 * M)
    h.kernel.sysctl.max_map_count = len(h.task.mm.vmas) + 3
    before = h.kernel.totals.committed_as
    assert errno_of(h, 0, 2 * M, 2 * M, TO, 1 * G) is Errno.ENOMEM
    assert h.kernel.totals.committed_as == before
    h.kernel.sysctl.max_map_count += 1
    resize(h, 0, 2 * M, 2 * M, TO, 1 * G)


def test_growth_beyond_overcommit_is_efault():
    h = placed(2 * M)
    assert errno_of(h, 0, 2 * M, 64 * G) is Errno.EFAULT


def test_special_mappings_cannot_grow_and_hugetlb_not_move():
    h = placed(2 * M, flags=FIXED | Map.NORESERVE)
    vma(h).flags |= Vm.DONTEXPAND
    assert errno_of(h, 0, 2 * M, 4 * M) is Errno.EFAULT
    vma(h).flags = vma(h).flags & ~Vm.DONTEXPAND | Vm.HUGETLB
    assert errno_of(h, 0, 2 * M, 4 * M) is Errno.EINVAL


@pytest.mark.parametrize("flags", [FIXED, FIXED | Map.LOCKED])
def test_where_page_tables_end_what_was_moved_goes_back_and_somebody_dies(monkeypatch, flags):
    # move_vma: the entries return, the new place is unmapped; the allocator has found a victim and tries again
    h = placed(4 * M, flags=flags)
    h.enabled("never")
    h.write(0, 4 * M)
    other = start_process(h.machine, "other")
    other.oom_score_adj = 1000
    tables, made = move_page_tables.pte_alloc, []

    def ending(kernel, task, mm, slot):
        made.append(slot)
        if len(made) == 2:
            raise OutOfMemory
        return tables(kernel, task, mm, slot)

    before = h.task.mm.total_vm, h.task.mm.locked_vm, h.task.mm.rss, h.task.mm.committed
    monkeypatch.setattr(move_page_tables, "pte_alloc", ending)
    assert resize(h, 0, 4 * M, 4 * M, TO, G + 1 * M) == G + 1 * M
    assert other.dead
    assert not h.task.dead
    assert (h.task.mm.total_vm, h.task.mm.locked_vm, h.task.mm.rss, h.task.mm.committed) == before
    assert layout(h) == [(G // K + 1024, 4096, "rw")]
    assert len(made) > 3


def test_who_dies_for_page_tables_itself_leaves_no_trace(monkeypatch):
    h = placed(4 * M)
    h.enabled("never")
    h.write(0, 4 * M)
    h.task.oom_score_adj = 1000

    def none(*_):
        raise OutOfMemory

    monkeypatch.setattr(move_page_tables, "pte_alloc", none)
    assert errno_of(h, 0, 4 * M, 4 * M, TO, G) is Errno.EINTR
    assert h.task.dead
