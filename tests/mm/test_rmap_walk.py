"""Finding the entries that map a frame."""

from tests.support import START, K, M, host
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.frames import frame_at
from thpsh.mm.huge_memory.policy import set_enabled
from thpsh.mm.madvise import madvise
from thpsh.mm.mman import Madv
from thpsh.mm.rmap_walk import mapped_ranges, page_mappings, ptep_young, take_ptes
from thpsh.structs.bits import FULL, span

SLOT = START >> 21


def small_host(size=4 * M):
    made = host()
    set_enabled(made.kernel, "never")
    made.map(size)
    made.write(0, size)
    return made


def frame_of(made, page):
    table = made.task.mm.pmds[SLOT + (page >> 9)]
    return frame_at(made.kernel, table, page & 511)


def test_a_page_is_found_at_its_address():
    made = small_host()
    for page in (0, 1, 511, 512, 1023):
        block, frame = frame_of(made, page)
        assert [address for _, address in page_mappings(block, frame)] == [START + page * 4 * K]


def test_parent_and_child_are_met_in_the_order_of_the_anon_vma_list():
    made = small_host()
    child = fork(made.kernel, made.task, "child")
    block, frame = frame_of(made, 7)
    assert [vma.mm for vma, _ in page_mappings(block, frame)] == [made.task.mm, child.mm]
    made.write(7 * 4 * K, 4 * K, task=child)
    assert [vma.mm for vma, _ in page_mappings(block, frame)] == [made.task.mm]


def test_a_whole_pageblock_is_few_ranges_that_cover_each_frame_once():
    made = small_host(64 * M)
    block, _ = frame_of(made, 16 * 512)
    ranges = mapped_ranges(block, FULL)
    assert len(ranges) <= 3
    covered = 0
    for mapping in ranges:
        assert not covered & mapping.frames
        covered |= mapping.frames
    assert covered == block.once


def test_pages_faulted_in_random_order_are_found_too():
    made = host()
    set_enabled(made.kernel, "never")
    made.map(2 * M)
    made.write(0, 2 * M, random=300)
    table = made.task.mm.pmds[SLOT]
    for page in range(512):
        if table.present >> page & 1:
            block, frame = frame_at(made.kernel, table, page)
            assert [address for _, address in page_mappings(block, frame)] == [START + page * 4 * K]


def test_unmapped_pages_have_no_mapping():
    made = small_host()
    block, frame = frame_of(made, 3)
    other, kept = frame_of(made, 5)
    madvise(made.kernel, made.task, START + 3 * 4 * K, 4 * K, Madv.DONTNEED)
    assert page_mappings(block, frame) == []
    assert len(page_mappings(other, kept)) == 1


def test_young_is_the_or_over_all_mappings():
    made = small_host(2 * M)
    block, frame = frame_of(made, 0)
    assert ptep_young(block, 1 << frame) == 1 << frame
    made.kernel.own(made.task.mm.pmds[SLOT])
    made.task.mm.pmds[SLOT].young = 0
    assert ptep_young(block, 1 << frame) == 0


def test_entries_taken_out_give_their_bits_and_leave_the_others():
    made = small_host(2 * M)
    table = made.task.mm.pmds[SLOT]
    block, frame = frame_of(made, 9)
    (mapping,) = mapped_ranges(block, 1 << frame)
    taken = take_ptes(made.kernel, mapping)
    assert (taken.writable, taken.dirty, taken.young) == (1 << 9, 1 << 9, 1 << 9)
    assert table.present == FULL ^ 1 << 9
    assert table.writable == FULL ^ 1 << 9
    assert span(0, 9) & table.dirty == span(0, 9)


def test_the_host_is_whole_after_a_look():
    made = small_host()
    block, frame = frame_of(made, 0)
    page_mappings(block, frame)
    debug_vm(made.kernel)


def test_a_merged_page_is_found_at_all_its_addresses_and_in_children():
    from tests.mm.ksm.pages import PAGE, mergeable, put, scan

    h = mergeable(8 * PAGE)
    put(h, 0, [7, 8, 7, 7])
    scan(h, 2)
    child = fork(h.kernel, h.task, "child")
    node = h.kernel.ksm.stable[7]
    found = page_mappings(node.block, node.frame)
    assert sorted((vma.mm.number, (address - START) // PAGE) for vma, address in found) == sorted(
        (mm.number, page) for mm in (h.task.mm, child.mm) for page in (0, 2, 3)
    )
