from dataclasses import replace

import pytest

from tests.mm.layout import FIXED, R, layout, place, placed, vma
from tests.support import START, G, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.mlock import mlock, munlock
from thpsh.mm.mman import Madv, Map
from thpsh.mm.mprotect import mprotect
from thpsh.mm.munmap import do_munmap
from thpsh.mm.shmem import dev_zero
from thpsh.mm.vma_merge import Area, can_vma_merge_after, can_vma_merge_before, copy_vma, part_of
from thpsh.structs.mempolicy import MemPolicy, PolicyMode
from thpsh.structs.page import PAGE_SHIFT
from thpsh.structs.page_cache import AddressSpace, File, FileKind
from thpsh.structs.vma import Vm
from thpsh.trace.events.vma import VmaMerge

# What the comment above vma_merge() in mm/mmap.c calls cases 1 to 8: areas of 1 MiB, mapped rw unless said otherwise.


def three(below, middle, above):
    """Three adjacent areas with their own access, all mapped writable first; None leaves a hole."""
    h = placed(3 * M)
    for number, prot in enumerate((below, middle, above)):
        if prot is None:
            do_munmap(h.kernel, h.task, h.task.mm, START + number * M, 1 * M)
        else:
            mprotect(h.kernel, h.task, START + number * M, 1 * M, prot)
    return h


def test_case_1_a_mapping_fills_the_hole_between_two():
    h = three(3, None, 3)
    place(h, 1 * M, 1 * M)
    assert layout(h) == [(0, 3072, "rw")]
    debug_vm(h.kernel)


def test_case_2_a_mapping_continues_the_one_below():
    h = three(3, None, 1)
    place(h, 1 * M, 1 * M)
    assert layout(h) == [(0, 2048, "rw"), (2048, 1024, "r-")]


def test_case_3_a_mapping_goes_before_the_one_above():
    h = three(1, None, 3)
    place(h, 1 * M, 1 * M)
    assert layout(h) == [(0, 1024, "r-"), (1024, 2048, "rw")]
    assert vma(h, 1 * M).pgoff == (START + 1 * M) >> PAGE_SHIFT


def test_case_4_the_upper_part_of_a_vma_goes_to_the_one_above():
    h = three(3, 1, None)
    mprotect(h.kernel, h.task, START + 512 * K, 512 * K, 1)
    assert layout(h) == [(0, 512, "rw"), (512, 1536, "r-")]
    assert vma(h, 512 * K).pgoff == (START + 512 * K) >> PAGE_SHIFT


def test_case_5_the_lower_part_of_a_vma_goes_to_the_one_below():
    h = three(1, 3, None)
    mprotect(h.kernel, h.task, START + 1 * M, 512 * K, 1)
    assert layout(h) == [(0, 1536, "r-"), (1536, 512, "rw")]
    assert vma(h, 1536 * K).pgoff == (START + 1536 * K) >> PAGE_SHIFT


def test_case_6_a_vma_joins_both_neighbours():
    h = three(1, 3, 1)
    mprotect(h.kernel, h.task, START + 1 * M, 1 * M, 1)
    assert layout(h) == [(0, 3072, "r-")]
    debug_vm(h.kernel)


def test_case_7_a_whole_vma_goes_to_the_one_below():
    h = three(1, 3, 3)
    mprotect(h.kernel, h.task, START + 1 * M, 1 * M, 1)
    assert layout(h) == [(0, 2048, "r-"), (2048, 1024, "rw")]


def test_case_8_a_whole_vma_goes_to_the_one_above():
    h = three(0, 3, 1)
    mprotect(h.kernel, h.task, START + 1 * M, 1 * M, 1)
    assert layout(h) == [(0, 1024, "--"), (1024, 2048, "r-")]


def test_a_merge_is_announced():
    h = three(3, None, None)
    place(h, 1 * M, 1 * M)
    event = next(r.event for r in reversed(h.machine.trace.records) if isinstance(r.event, VmaMerge))
    assert (event.pid, event.start, event.end) == (h.task.pid, START + 1 * M, START + 2 * M)


def test_special_flags_forbid_merging():
    h = placed(1 * M)
    for flag in (Vm.IO, Vm.DONTEXPAND, Vm.RESERVED, Vm.PFNMAP):
        vma(h).flags = Vm.DATA_DEFAULT | Vm.ACCOUNT | flag
        place(h, 1 * M, 1 * M)
        assert layout(h) == [(0, 1024, "rw"), (1024, 1024, "rw")]
        do_munmap(h.kernel, h.task, h.task.mm, START + 1 * M, 1 * M)


def area(h, offset, **change):
    wanted = Area(START + offset, START + offset + 1 * M, vma(h).flags, (START + offset) >> PAGE_SHIFT)
    return wanted._replace(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"flags": Vm.READ},
        {"pgoff": 7},
        {"policy": MemPolicy(PolicyMode.BIND, (0,))},
        {"file": File("f", FileKind.REGULAR, "00:01", 5, AddressSpace(swap_backed=False))},
    ],
    ids=["flags", "offset", "policy", "file"],
)
def test_neighbours_differ(change):
    h = placed(1 * M)
    assert can_vma_merge_after(h.kernel, vma(h), area(h, 1 * M))
    assert can_vma_merge_before(h.kernel, vma(h), area(h, -1 * M))
    assert not can_vma_merge_after(h.kernel, vma(h), area(h, 1 * M, **change))
    assert not can_vma_merge_before(h.kernel, vma(h), area(h, -1 * M, **change))


def test_a_vma_with_a_policy_does_not_take_a_new_mapping_in():
    h = placed(1 * M)
    vma(h).policy = MemPolicy(PolicyMode.BIND, (0,))
    place(h, 1 * M, 1 * M)
    assert len(layout(h)) == 2


def test_a_touched_vma_takes_an_untouched_mapping_in():
    h = placed(1 * M)
    h.write(0, 4 * K)
    place(h, 1 * M, 1 * M)
    assert layout(h) == [(0, 2048, "rw")]


def test_a_touched_part_does_not_go_into_an_untouched_neighbour():
    # khp-mlocked: the chain of the untouched neighbour has no link, so it is not singular.
    h = placed(2 * M)
    h.enabled("madvise")
    mlock(h.kernel, h.task, START, 1 * M)
    assert vma(h, 1 * M).anon_vma is None
    munlock(h.kernel, h.task, START, 1 * M)
    assert layout(h) == [(0, 1024, "rw"), (1024, 1024, "rw")]
    assert vma(h).flags == vma(h, 1 * M).flags


def test_before_3_0_a_missing_anon_vma_was_no_obstacle():
    h = placed(2 * M)
    h.kernel.features = replace(h.kernel.features, vma_merge_singular=False)
    h.enabled("madvise")
    mlock(h.kernel, h.task, START, 1 * M)
    munlock(h.kernel, h.task, START, 1 * M)
    assert layout(h) == [(0, 2048, "rw")]


def test_memory_inherited_by_fork_is_not_extended():
    # The child's chain has two links, the parent's one: the child's heap gets a second VMA (reg-brk).
    h = placed(1 * M)
    h.write(0, 4 * K)
    child = fork(h.kernel, h.task, "child")
    for task, expected in ((h.task, 1), (child, 2)):
        h.task = task
        place(h, 1 * M, 1 * M)
        assert len(layout(h)) == expected


def test_different_anon_vmas_stay_apart():
    h = three(3, None, 3)
    h.write(0, 4 * K)
    h.write(2 * M, 4 * K)
    place(h, 1 * M, 1 * M)
    assert layout(h) == [(0, 2048, "rw"), (2048, 1024, "rw")]


def test_a_merge_registers_with_khugepaged_what_was_touched_before():
    # reg-mmap-merge: mprotect there and back.
    h = placed(2 * M)
    h.enabled("never")
    h.write(0, 4 * K)
    h.enabled("always")
    mprotect(h.kernel, h.task, START, 1 * M, 1)
    assert not h.task.mm.khugepaged
    mprotect(h.kernel, h.task, START, 1 * M, 3)
    assert layout(h) == [(0, 2048, "rw")]
    assert h.task.mm.khugepaged


def test_a_merge_of_untouched_memory_registers_nobody():
    h = placed(2 * M)
    place(h, 2 * M, 2 * M)
    assert layout(h) == [(0, 4096, "rw")]
    assert not h.task.mm.khugepaged


def test_private_dev_zero_merges_with_itself():
    h = host()
    zero = dev_zero(h.kernel)
    for number in range(2):
        place(h, number * M, 1 * M, R, Map.PRIVATE | Map.FIXED, zero)
    assert len(layout(h)) == 2  # the page offsets begin at 0 both times
    madvise(h.kernel, h.task, START, 512 * K, Madv.HUGEPAGE)
    madvise(h.kernel, h.task, START + 512 * K, 512 * K, Madv.HUGEPAGE)
    assert len(layout(h)) == 2


def test_a_moved_untouched_mapping_gets_the_offset_of_its_new_place():
    h = placed(1 * M)
    old = vma(h)
    new = copy_vma(h.kernel, h.task, old, part_of(old, old.start, old.end, old.flags)._replace(
        start=START + 1 * G, end=START + 1 * G + 1 * M))  # fmt: skip
    assert new.pgoff == (START + 1 * G) >> PAGE_SHIFT


def test_a_moved_touched_mapping_keeps_its_offset_and_anon_vma():
    h = placed(1 * M)
    h.write(0, 4 * K)
    old = vma(h)
    new = copy_vma(h.kernel, h.task, old, part_of(old, old.start, old.end, old.flags)._replace(
        start=START + 1 * G, end=START + 1 * G + 1 * M))  # fmt: skip
    assert new.pgoff == START >> PAGE_SHIFT
    assert new.anon_vma is old.anon_vma
    assert list(old.anon_vma.vmas) == [old, new]


def test_flags_of_new_mappings_take_part():
    h = placed(1 * M)
    place(h, 1 * M, 1 * M, flags=FIXED | Map.NORESERVE)
    assert len(layout(h)) == 2
