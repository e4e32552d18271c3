"""Shared memory in swap: what mm/shmem.c of 3.0.1 does to counters, slots and groups, by hand arithmetic."""

from tests.mm.groups import group
from tests.mm.layout import SHARED, place
from tests.mm.swapped import with_swap
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.madvise import madvise
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.mman import Madv
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.shmem_swap import swapped_pages
from thpsh.mm.swapoff import swapoff
from thpsh.mm.vmscan import try_to_free_mem_cgroup_pages


def mapped(h, size=1 * M):
    place(h, 0, size, flags=SHARED)
    return h.task.mm.vma_at(START).file.mapping


def push_out(h, mapping, at_least, memcg=None):
    lru_add_drain_all(h.kernel)
    while len(mapping.swapped) < at_least:
        assert try_to_free_mem_cgroup_pages(h.kernel, memcg or h.kernel.root_memcg, 0)
        debug_vm(h.kernel)


def out(size=1 * M, **spec):
    """A host whose process wrote shared memory, all of which is in swap."""
    h = with_swap(**spec)
    mapping = mapped(h, size)
    h.write(0, size)
    push_out(h, mapping, size // (4 * K))
    return h, mapping


def stat(h, name):
    return sum(getattr(zone.stat, name) for zone in h.kernel.zones)


def test_what_goes_out_is_no_shmem_any_more_and_page_tables_keep_nothing():
    h = with_swap()
    mapping = mapped(h)
    before = h.task.mm.file_rss
    h.write(0, 1 * M)
    shmem = stat(h, "nr_shmem")
    push_out(h, mapping, 256)
    assert stat(h, "nr_shmem") == shmem - 256
    assert (mapping.nr_pages, len(mapping.swapped), list(h.kernel.swap.shmem)) == (0, 256, [mapping])
    assert h.task.mm.file_rss == before
    assert (h.task.mm.pmds[START >> 21].present, h.task.mm.pmds[START >> 21].swapped) == (0, None)


def test_without_swap_it_stays():
    h = with_swap()
    swapoff(h.kernel, h.task, h.kernel.swap.devices[0].name)
    mapping = mapped(h)
    h.write(0, 1 * M)
    lru_add_drain_all(h.kernel)
    for _ in range(20):
        try_to_free_mem_cgroup_pages(h.kernel, h.kernel.root_memcg, 0)
    assert mapping.nr_pages == 256


def test_a_page_that_was_never_written_is_forgotten():
    h = with_swap()
    mapping = mapped(h)
    h.read(0, 1 * M)
    lru_add_drain_all(h.kernel)
    while mapping.nr_pages:
        assert try_to_free_mem_cgroup_pages(h.kernel, h.kernel.root_memcg, 0)
    assert not mapping.swapped
    assert h.read(0, 4 * K).minor == 1


def test_it_comes_back_by_a_major_fault_and_frees_its_slot():
    h, mapping = out()
    free, majors = h.kernel.swap.free, h.event("pgmajfault")
    report = h.write(0, 64 * K)
    assert (report.minor, report.major) == (0, 16)
    assert (h.event("pgmajfault"), h.event("pswpin")) == (majors + 16, 16)
    assert (h.kernel.swap.free, mapping.nr_pages, len(mapping.swapped)) == (free + 16, 16, 240)


def test_its_neighbours_come_along_to_the_swap_cache_only():
    h, mapping = out(read_around=3)
    h.read(64 * K, 4 * K)  # in slot 17 of a group of eight; slot 0 is the header
    assert (h.event("pswpin"), h.kernel.swap.cached, mapping.nr_pages) == (8, 7, 1)
    report = h.read(60 * K, 32 * K)
    assert (report.minor, report.major, h.kernel.swap.cached, mapping.nr_pages) == (7, 0, 0, 8)


def test_the_cache_is_asked_twice_for_what_is_read_and_found_once():
    h, _ = out()
    total, success = h.kernel.swap.find_total, h.kernel.swap.find_success
    h.read(0, 4 * K)
    assert (h.kernel.swap.find_total, h.kernel.swap.find_success) == (total + 2, success + 1)


def test_what_came_back_only_to_be_read_is_written_out_again():
    h, mapping = out()
    h.read(0, 1 * M)
    assert mapping.nr_pages == 256
    written = stat(h, "nr_vmscan_write")
    push_out(h, mapping, 256)
    assert stat(h, "nr_vmscan_write") >= written + 256


def test_two_processes_share_one_slot_and_one_page():
    h = with_swap()
    mapping = mapped(h)
    child = fork(h.kernel, h.task, "child")
    h.write(0, 1 * M)
    h.write(0, 1 * M, child)
    push_out(h, mapping, 256)
    assert h.write(0, 4 * K).major == 1
    report = h.write(0, 4 * K, child)
    assert (report.minor, report.major) == (1, 0)
    assert mapping.nr_pages == 1


def test_it_keeps_what_it_held():
    h = with_swap()
    mapping = mapped(h)
    h.write(0, 64 * K, value=7)
    push_out(h, mapping, 16)
    h.read(0, 64 * K)
    (pages, block, shift), *_ = h.task.mm.pmds[START >> 21].runs
    assert block.content((pages & -pages).bit_length() - 1 + shift) == 7


def test_a_private_write_gets_a_copy_of_what_was_in_swap():
    h, mapping = out()
    vma = h.task.mm.vma_at(START)
    h.map(1 * M, START + 16 * M, file=vma.file)
    before = h.task.mm.anon_rss, h.task.mm.file_rss
    report = h.write(16 * M, 64 * K)
    assert (report.minor, report.major) == (0, 16)
    assert mapping.nr_pages == 16
    assert (h.task.mm.anon_rss, h.task.mm.file_rss) == (before[0] + 16, before[1])


def test_a_hole_and_the_end_of_the_mapping_give_the_slots_back():
    h, mapping = out(2 * M)
    free = h.kernel.swap.free
    madvise(h.kernel, h.task, START + 64 * K, 256 * K, Madv.REMOVE)
    debug_vm(h.kernel)
    assert (h.kernel.swap.free, len(mapping.swapped)) == (free + 64, 448)
    munmap(h.kernel, h.task, START, 2 * M)
    debug_vm(h.kernel)
    assert (h.kernel.swap.free, len(mapping.swapped), h.kernel.swap.shmem) == (free + 512, 0, {})


def test_what_is_in_the_swap_cache_goes_with_the_hole():
    h, _ = out(read_around=3)
    h.read(64 * K, 4 * K)
    assert h.kernel.swap.cached == 7
    madvise(h.kernel, h.task, START, 1 * M, Madv.REMOVE)
    debug_vm(h.kernel)
    assert h.kernel.swap.cached == 0


def test_swapoff_brings_it_back():
    h, mapping = out()
    swapoff(h.kernel, h.task, h.kernel.swap.devices[0].name)
    debug_vm(h.kernel)
    assert (mapping.nr_pages, mapping.swapped, h.kernel.swap.shmem) == (256, {}, {})
    assert h.read(0, 1 * M).minor == 256


def test_a_group_has_it_as_swap_and_then_as_cache_again():
    h = with_swap()
    memcg = group(h)
    cgroup_attach(h.kernel, memcg, h.task)
    mapping = mapped(h)
    h.write(0, 1 * M)
    assert (memcg.stat.cache, memcg.stat.swap, memcg.res.usage) == (256, 0, 1 * M)
    push_out(h, mapping, 256, memcg)
    assert (memcg.stat.cache, memcg.stat.swap, memcg.stat.rss) == (0, 256, 0)
    h.write(0, 64 * K)
    assert (memcg.stat.cache, memcg.stat.swap) == (16, 240)
    assert memcg.memsw.usage >= 256 * 4 * K


def test_the_page_got_ready_for_a_hole_is_charged_and_given_back():
    h = with_swap()
    memcg = group(h)
    cgroup_attach(h.kernel, memcg, h.task)
    mapping = mapped(h)
    h.write(0, 64 * K)
    push_out(h, mapping, 16, memcg)
    before = memcg.stat.pgpgin, memcg.stat.pgpgout
    h.write(0, 4 * K)
    assert (memcg.stat.pgpgin - before[0], memcg.stat.pgpgout - before[1]) == (2, 1)


def test_which_pages_of_a_slot_are_away():
    h, mapping = out(64 * K)
    h.read(8 * K, 8 * K)
    assert swapped_pages(mapping, 0, 0b11111) == [0, 1, 4]
    assert swapped_pages(mapping, 1, 0b11111) == []
