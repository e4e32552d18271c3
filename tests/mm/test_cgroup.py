"""Twin of thpsh/mm/cgroup.py."""

import pytest

from tests.mm.groups import group, in_group, pages
from tests.support import Host, K, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.cgroup import all_groups, cgroup_rmdir, cgroup_tasks, ghosts, swappiness_of
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.memcg_attach import cgroup_attach
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.swapon import swapon
from thpsh.mm.vmscan import try_to_free_mem_cgroup_pages
from thpsh.structs.memcg import MemCgroup


def test_a_group_inherits_swappiness_once() -> None:
    h = host()
    h.kernel.sysctl.swappiness = 10
    one = group(h)
    h.kernel.sysctl.swappiness = 70
    below = group(h, "below", one)
    assert [swappiness_of(h.kernel, each) for each in (h.kernel.root_memcg, one, below)] == [70, 10, 10]


def test_numbers_are_the_lowest_free_ones() -> None:
    h = host()
    one, two = group(h, "one"), group(h, "two")
    assert (one.number, two.number) == (2, 3)
    cgroup_rmdir(h.kernel, one)
    assert group(h, "three").number == 2
    assert [each.path for each in all_groups(h.kernel)] == ["/", "/two", "/three"]


def test_a_name_is_given_once() -> None:
    h = host()
    group(h)
    with pytest.raises(KernelError) as caught:
        group(h)
    assert caught.value.errno is Errno.EEXIST


def test_a_group_with_tasks_or_children_stays() -> None:
    h, memcg = in_group()
    assert cgroup_tasks(h.kernel, memcg) == [h.task]
    for each in (memcg, h.kernel.root_memcg):
        with pytest.raises(KernelError) as caught:
            cgroup_rmdir(h.kernel, each)
        assert caught.value.errno is Errno.EBUSY


def test_a_dead_task_is_in_no_group() -> None:
    h, memcg = in_group()
    do_exit(h.kernel, h.task)
    assert cgroup_tasks(h.kernel, memcg) == []
    cgroup_rmdir(h.kernel, memcg)


def test_the_charges_of_a_removed_group_go_to_the_group_above() -> None:
    h, memcg = in_group()
    root = h.kernel.root_memcg
    before = root.stat.rss
    h.write(0, 64 * K)
    cgroup_attach(h.kernel, root, h.task)
    cgroup_rmdir(h.kernel, memcg)
    assert pages(memcg) == (0, 0)
    assert root.stat.rss == before + 16
    debug_vm(h.kernel)


def removed_with_swap(h: Host, above: MemCgroup | None = None) -> MemCgroup:
    """A group of which only slots of swap are left: its process has gone to the root without them."""
    memcg = group(h, "left", above)
    cgroup_attach(h.kernel, memcg, h.task)
    h.write(0, 64 * K)
    lru_add_drain_all(h.kernel)
    while memcg.stat.swap < 12:
        try_to_free_mem_cgroup_pages(h.kernel, memcg, 0)
    cgroup_attach(h.kernel, h.kernel.root_memcg, h.task)
    cgroup_rmdir(h.kernel, memcg)
    debug_vm(h.kernel)
    return memcg


def test_swap_of_a_removed_group_is_charged_to_the_process_that_reads_it() -> None:
    h, _ = in_group()
    swapon(h.kernel, 4 * M)
    memcg = removed_with_swap(h)
    root = h.kernel.root_memcg
    before = root.stat.rss
    in_swap = memcg.stat.swap
    h.read(0, 64 * K)
    assert root.stat.rss == before + in_swap
    assert (memcg.stat.rss, memcg.stat.swap, memcg.memsw.usage) == (0, 0, 0)


def test_a_removed_group_keeps_its_number_and_its_place_in_the_hierarchy_while_swap_is_charged_to_it() -> None:
    h, _ = in_group()
    swapon(h.kernel, 4 * M)
    above = group(h, "above")
    above.use_hierarchy = True
    memcg = removed_with_swap(h, above)
    assert above.memsw.usage == memcg.memsw.usage > 0
    cgroup_rmdir(h.kernel, above)
    assert ghosts(h.kernel) == [memcg, above]
    assert group(h, "next").number == 5
    h.read(0, 64 * K)
    assert ghosts(h.kernel) == []
    assert above.memsw.usage == 0
    assert group(h, "last").number == above.number == 3
