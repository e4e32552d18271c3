"""Reclaim: which pages go, how many, in which order."""

from tests.mm.swapped import push_out, table, touched, with_swap
from tests.support import START, K, M, host
from thpsh.mm.cgroup import cgroup_create
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.mlock import mlock
from thpsh.mm.mmap import munmap
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.vmscan import mem_cgroup_lru_pages, try_to_free_mem_cgroup_pages, try_to_free_pages
from thpsh.structs.page import Gfp, Lru
from thpsh.structs.page_cache import AddressSpace, File, FileKind


def a_file(size):
    return File("/data", FileKind.REGULAR, "08:01", 12, AddressSpace(swap_backed=False), size)


def grouped(**how):
    """A host with swap and a process in a group of its own."""
    h = with_swap(**how)
    group = cgroup_create(h.kernel, h.kernel.root_memcg, "g")
    cgroup_attach(h.kernel, group, h.task)
    return h, group


def reclaim(h, group):
    freed = try_to_free_mem_cgroup_pages(h.kernel, group, Gfp.KERNEL)
    debug_vm(h.kernel)
    return freed


def sizes(h, group):
    return [mem_cgroup_lru_pages(h.kernel, group, kind) for kind in (Lru.INACTIVE_ANON, Lru.ACTIVE_ANON)]


def test_the_oldest_32_pages_of_a_group_go_first():
    h, group = grouped()
    touched(h, 512 * K)
    assert sizes(h, group) == [0, 128]
    assert reclaim(h, group) == 32
    assert sorted(table(h).swapped) == list(range(32))
    assert sizes(h, group) == [64, 32]  # as recorded: swap-exact-fifo
    assert (h.event("pswpout"), h.event("pgsteal_dma32")) == (32, 32)


def test_all_huge_pages_of_a_batch_are_split_and_lose_their_heads():
    h, group = grouped(huge=True)
    touched(h, 8 * M)
    assert reclaim(h, group) == 36
    assert h.event("thp_split") == 4
    assert [len(table(h, slot).swapped) for slot in range(4)] == [33, 1, 1, 1]
    assert sorted(table(h).swapped) == list(range(33))


def test_nothing_goes_without_swap():
    h = host(cmdline="transparent_hugepage=never")
    group = cgroup_create(h.kernel, h.kernel.root_memcg, "g")
    cgroup_attach(h.kernel, group, h.task)
    touched(h, 512 * K)
    assert reclaim(h, group) == 0
    assert sizes(h, group) == [0, 128]


def test_without_a_slot_a_huge_page_stays_whole_and_becomes_active():
    h, group = grouped(size=8 * K, huge=True)
    touched(h, 4 * M)
    reclaim(h, group)
    assert h.event("thp_split") == 1
    assert h.slots(4 * M).count("H") == 1


def test_a_locked_huge_page_is_split_and_culled():
    h, group = grouped(huge=True)
    touched(h, 2 * M)
    mlock(h.kernel, h.task, START, 2 * M)
    assert h.kernel.zones[-1].stat.nr_mlock == 0
    while h.kernel.zones[-1].stat.nr_mlock < 512:
        assert reclaim(h, group) == 0
    assert (h.event("thp_split"), h.event("pswpout")) == (1, 0)
    assert mem_cgroup_lru_pages(h.kernel, group, Lru.UNEVICTABLE) == 512


def test_a_page_used_again_on_the_inactive_list_becomes_active():
    h, group = grouped()
    touched(h, 512 * K)
    reclaim(h, group)
    h.write(32 * 4 * K, 64 * 4 * K)  # pages 32 to 95, the inactive ones
    activated = h.event("pgactivate")
    reclaim(h, group)
    assert h.event("pgactivate") >= activated + 32


def test_the_stall_of_an_allocation_is_counted_that_of_a_group_is_not():
    h = with_swap()
    touched(h, 2 * M)
    zones = h.kernel.nodes[0].zonelist
    assert try_to_free_pages(h.kernel, 0, zones, 0, Gfp.KERNEL)
    debug_vm(h.kernel)
    assert h.event("allocstall") == 1
    assert h.event("pgscan_direct_dma32") > 0
    try_to_free_mem_cgroup_pages(h.kernel, h.kernel.root_memcg, Gfp.KERNEL)
    assert h.event("allocstall") == 1


def test_files_go_without_swap_and_come_back_by_a_major_fault():
    h = host()
    data = a_file(256 * K)
    h.map(256 * K, file=data)
    h.read(0, 256 * K)
    lru_add_drain_all(h.kernel)
    zones = h.kernel.nodes[0].zonelist
    while try_to_free_pages(h.kernel, 0, zones, 0, Gfp.KERNEL) > 1:
        debug_vm(h.kernel)
    assert (data.mapping.nr_pages, h.task.mm.file_rss < 64) == (0, True)
    assert h.read(0, 4 * K).major == 1


def test_the_files_of_the_boot_image_have_no_disk_to_come_back_from():
    h = host()
    lru_add_drain_all(h.kernel)
    files = h.kernel.zones[-1].stat.nr_file_pages
    while try_to_free_pages(h.kernel, 0, h.kernel.nodes[0].zonelist, 0, Gfp.KERNEL) > 1:
        debug_vm(h.kernel)
    assert h.kernel.zones[-1].stat.nr_file_pages == files
    assert h.kernel.zones[-1].lruvec.lists[Lru.UNEVICTABLE].nr_pages == files


def test_a_pinned_page_loses_its_mapping_but_not_its_frame():
    h, group = grouped()
    touched(h, 128 * K)
    pin(h.kernel, h.task, START, 4 * K)
    for _ in range(4):
        reclaim(h, group)
    assert len(table(h).swapped) == 32
    assert h.kernel.swap.cached == 1
    push_out(h, 32)


def test_a_huge_page_that_only_a_pin_keeps_cannot_be_split_and_stays():
    h, group = grouped(huge=True)
    touched(h, 2 * M)
    pin(h.kernel, h.task, START, 4 * K)
    munmap(h.kernel, h.task, START, 2 * M)
    reclaim(h, group)
    assert (h.event("thp_split"), h.event("pswpout")) == (0, 0)


def test_a_page_that_only_a_pin_keeps_is_charged_to_nobody():
    h, group = grouped()
    touched(h, 64 * K)
    pin(h.kernel, h.task, START, 4 * K)
    munmap(h.kernel, h.task, START, 4 * K)
    assert group.stat.rss == 15
    reclaim(h, group)
    debug_vm(h.kernel)
