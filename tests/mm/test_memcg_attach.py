"""Twin of thpsh/mm/memcg_attach.py. Figures from memcg-move-charge and memcg-move-nocharge."""

import pytest

from tests.mm.groups import PAGE, group, in_group, pages
from tests.support import START, Host, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.shmem import shmem_zero_setup
from thpsh.mm.swapon import swapon
from thpsh.mm.vmscan import mem_cgroup_lru_pages, try_to_free_mem_cgroup_pages
from thpsh.structs.memcg import MemCgroup
from thpsh.structs.page import Lru
from thpsh.structs.vma import Vm


def used() -> tuple[Host, MemCgroup, MemCgroup]:
    """A process in g with one huge page and 16 small ones, and a group h to go to."""
    host, g = in_group()
    host.enabled("always")
    host.write(0, 4 * K)
    host.enabled("never")
    host.write(2 * M, 64 * K)
    return host, g, group(host, "h")


def test_charges_stay_behind_unless_told() -> None:
    host, g, h = used()
    cgroup_attach(host.kernel, h, host.task)
    assert (pages(g), pages(h)) == ((544, 528), (0, 0))
    host.write(2112 * K, 64 * K)
    assert (pages(g), pages(h)) == ((528, 528), (32, 16))
    debug_vm(host.kernel)


def test_charges_that_move_split_huge_pages_and_leave_the_rest_of_a_batch() -> None:
    host, g, h = used()
    h.move_charge = 1
    cgroup_attach(host.kernel, h, host.task)
    assert (pages(g), pages(h)) == ((0, 0), (559, 528))
    assert (g.stat.pgpgin, g.stat.pgpgout, h.stat.pgpgin) == (17, 528, 528)
    assert host.slots(4 * M) == "FP"
    debug_vm(host.kernel)


def test_a_group_too_small_refuses_when_the_huge_pages_are_split_already() -> None:
    host, g, h = used()
    h.move_charge = 1
    h.res.limit = 100 * PAGE
    with pytest.raises(KernelError) as caught:
        cgroup_attach(host.kernel, h, host.task)
    assert caught.value.errno is Errno.ENOMEM
    assert host.slots(4 * M) == "FP"
    assert host.task.cgroup is g
    assert pages(g)[1] == 528
    assert h.stat.rss == 0
    debug_vm(host.kernel)


def test_slots_of_swap_change_the_group_that_pays_for_them() -> None:
    host, g = in_group()
    h = group(host, "h")
    swapon(host.kernel, 4 * M)
    host.write(0, 64 * K)
    lru_add_drain_all(host.kernel)
    while host.task.mm.swap_ents < 12:
        try_to_free_mem_cgroup_pages(host.kernel, g, 0)
    in_swap = g.stat.swap
    assert in_swap == host.task.mm.swap_ents
    h.move_charge = 1
    cgroup_attach(host.kernel, h, host.task)
    assert (g.stat.swap, h.stat.swap) == (0, in_swap)
    assert g.memsw.usage - g.res.usage == 0
    assert (h.memsw.usage - h.res.usage) // PAGE == in_swap
    debug_vm(host.kernel)
    host.read(0, 64 * K)
    assert (h.stat.rss, h.stat.swap) == (16, 0)


def test_swap_that_two_processes_refer_to_stays_behind() -> None:
    host, g = in_group()
    h = group(host, "h")
    swapon(host.kernel, 4 * M)
    host.write(0, 64 * K)
    fork(host.kernel, host.task, "child")
    lru_add_drain_all(host.kernel)
    while host.task.mm.swap_ents < 12:
        try_to_free_mem_cgroup_pages(host.kernel, g, 0)
    in_swap = g.stat.swap
    h.move_charge = 1
    cgroup_attach(host.kernel, h, host.task)
    assert (g.stat.swap, h.stat.swap) == (in_swap, 0)
    debug_vm(host.kernel)


@pytest.mark.parametrize(("moves", "moved"), [(1, 0), (2, 32), (3, 32)])
def test_pages_of_a_file_move_also_where_only_the_page_table_is_there(moves: int, moved: int) -> None:
    """mc_handle_file_pte looks into the cache at empty entries; a mapping without page table is passed over."""
    host, g = in_group()
    h = group(host, "h")
    h.move_charge = moves
    file = shmem_zero_setup(host.kernel, 2 * M, Vm.NORESERVE)
    host.map(2 * M, START + 64 * M, Vm.DATA_DEFAULT | Vm.SHARED | Vm.MAYSHARE, file=file)
    host.write(64 * M, 128 * K)
    child = fork(host.kernel, host.task, "child")
    cgroup_attach(host.kernel, g, child)
    assert g.stat.cache == 32
    cgroup_attach(host.kernel, h, child)
    assert h.stat.cache == 0  # fork copies no page table of shared memory
    host.read(64 * M, 4 * K, task=child)
    cgroup_attach(host.kernel, g, child)
    cgroup_attach(host.kernel, h, child)
    assert (g.stat.cache, h.stat.cache) == (32 - moved, moved)
    debug_vm(host.kernel)


def test_pages_that_moved_are_the_newest_of_their_lists_and_the_last_wait_in_the_cpus_cache() -> None:
    host, g = in_group()
    host.write(0, 64 * K)
    h = group(host, "h")
    h.move_charge = 1
    cgroup_attach(host.kernel, h, host.task)
    assert h.stat.rss == 16
    assert mem_cgroup_lru_pages(host.kernel, h, Lru.ACTIVE_ANON) == 14
    assert mem_cgroup_lru_pages(host.kernel, g, Lru.ACTIVE_ANON) == 0


def test_a_process_that_moves_to_where_it_is_by_cgroup_procs_is_charged_anew() -> None:
    """cgroup_attach_proc asks can_attach before it sees that nobody has to move."""
    host, g, _ = used()
    g.move_charge = 1
    before = pages(g)
    cgroup_attach(host.kernel, g, host.task, whole=True)
    assert host.slots(4 * M) == "FP"
    assert pages(g)[1] == before[1]
    assert (g.stat.pgpgin, g.stat.pgpgout) == (17 + 528, 528)
    debug_vm(host.kernel)


def test_a_task_that_stays_changes_nothing() -> None:
    host, g, _ = used()
    g.move_charge = 1
    cgroup_attach(host.kernel, g, host.task)
    assert host.slots(4 * M) == "HP"
