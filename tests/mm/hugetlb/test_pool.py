"""The pool grows, shrinks and lends; figures of the 2 GiB machine from the recording extra/hugetlb.txt."""

import pytest

from tests.mm.hugetlb.stage import map_huge, numbers, pool, resize, unmap
from tests.support import M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.hugetlb.pool import acct_memory, free_pool_page, memory_nodes, return_unused, set_max_huge_pages
from thpsh.structs.page import MigrateType


def free_pages(h):
    return sum(zone.free for zone in h.kernel.zones)


def test_a_pool_takes_huge_pages_from_the_buddy_allocator_and_gives_them_back():
    h = host()
    before = free_pages(h)
    resize(h, 10)
    assert (numbers(h), free_pages(h)) == ((10, 10, 0, 0), before - 10 * 512)
    assert (h.event("htlb_buddy_alloc_success"), h.event("htlb_buddy_alloc_fail")) == (10, 0)
    resize(h, 0)
    assert (numbers(h), free_pages(h)) == ((0, 0, 0, 0), before)


def test_a_pool_too_large_takes_what_there_is_as_recorded():
    h = host(memory=2048 * M)
    resize(h, 10)
    resize(h, 100_000)
    assert numbers(h) == (967, 967, 0, 0)
    assert h.kernel.hugetlb.max_pages == 967
    assert (h.event("htlb_buddy_alloc_success"), h.event("htlb_buddy_alloc_fail")) == (967, 1)
    resize(h, 0)
    assert numbers(h) == (0, 0, 0, 0)


@pytest.mark.parametrize(("movable", "kind"), [(0, MigrateType.UNMOVABLE), (1, MigrateType.MOVABLE)])
def test_pages_are_unmovable_unless_the_administrator_says_otherwise(movable, kind):
    h = host()
    h.kernel.sysctl.hugepages_treat_as_movable = movable
    resize(h, 1)
    block = next(iter(h.kernel.hugetlb.pages.values())).block
    assert block.zone.migratetype(block.index) is kind


def test_nodes_take_turns():
    h = host(memory=2048 * M, nodes=2, cpus=2)
    resize(h, 7)
    assert [node.pages for node in h.kernel.hugetlb.nodes] == [4, 3]
    resize(h, 3)
    assert [node.pages for node in h.kernel.hugetlb.nodes] == [2, 1]


def test_one_node_can_be_grown_alone():
    h = host(memory=2048 * M, nodes=2, cpus=2)
    set_max_huge_pages(h.kernel, 0, 4, (1,))
    debug_vm(h.kernel)
    assert [node.pages for node in h.kernel.hugetlb.nodes] == [0, 4]


def test_reserved_pages_stay_when_the_pool_shrinks_but_as_surplus():
    h = pool(5)
    map_huge(h, 3)
    resize(h, 1)
    assert numbers(h) == (3, 3, 3, 2)
    assert h.kernel.hugetlb.max_pages == 1
    unmap(h, 0, 3)
    assert numbers(h) == (1, 1, 0, 0)


def test_surplus_becomes_permanent_when_the_pool_grows():
    h = pool(0, overcommit=4)
    map_huge(h, 3)
    assert numbers(h) == (3, 3, 3, 3)
    resize(h, 2)
    assert numbers(h) == (3, 3, 3, 1)


def test_overcommit_is_a_limit():
    h = pool(1, overcommit=2)
    with pytest.raises(KernelError) as caught:
        acct_memory(h.kernel, 0, 4)
    assert caught.value.errno is Errno.ENOMEM
    assert numbers(h) == (1, 1, 0, 0)
    acct_memory(h.kernel, 0, 3)
    assert numbers(h) == (3, 3, 3, 2)
    return_unused(h.kernel, 3)
    assert numbers(h) == (1, 1, 0, 0)


def test_nothing_can_be_freed_from_an_empty_pool():
    h = pool(0)
    assert not free_pool_page(h.kernel, memory_nodes(h.kernel), surplus=False)


def test_the_command_line_fills_the_pool_at_boot():
    h = host(cmdline="hugepages=2 quiet hugepages=7")
    assert numbers(h) == (7, 7, 0, 0)
    assert any("HugeTLB registered 2 MB page size, pre-allocated 7 pages" in line for _, line in h.machine.dmesg.lines)
    assert h.event("htlb_buddy_alloc_success") == 7


@pytest.mark.parametrize("word", ["hugepages=", "hugepages=many", "hugepages", "xhugepages=3"])
def test_other_words_fill_nothing(word):
    assert numbers(host(cmdline=word)) == (0, 0, 0, 0)
