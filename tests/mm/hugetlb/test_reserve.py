"""Promises: to private and shared mappings, and what comes back."""

import pytest

from tests.mm.hugetlb.stage import PRIVATE, SHARED, child_of, map_huge, numbers, pool, resize, unmap
from tests.mm.layout import vma
from tests.support import START, M, host
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.exit import do_exit
from thpsh.mm.hugetlb.reserve import index_of, indices_of, inode_of
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.mm.mman import Map
from thpsh.mm.soft_offline import soft_offline_page
from thpsh.structs.mempolicy import PolicyMode


def test_a_mapping_gets_the_promise_of_all_its_pages_or_is_refused():
    h = pool(3)
    map_huge(h, 2)
    assert numbers(h) == (3, 3, 2, 0)
    with pytest.raises(KernelError) as caught:
        map_huge(h, 2, offset=64 * M)
    assert caught.value.errno is Errno.ENOMEM
    assert numbers(h) == (3, 3, 2, 0)


def test_a_fault_uses_the_promise_and_unmapping_gives_the_rest_back():
    h = pool(5)
    map_huge(h, 4)
    h.write(0, 4 * M)
    assert numbers(h) == (5, 3, 2, 0)
    unmap(h, 6 * M, 1)
    assert numbers(h) == (5, 3, 1, 0)
    unmap(h, 0, 3)
    assert numbers(h) == (5, 5, 0, 0)


def test_a_page_given_back_does_not_renew_the_promise():
    h = pool(2)
    map_huge(h, 2)
    h.write(0, 2 * M)
    unmap(h, 0, 1)
    assert numbers(h) == (2, 2, 1, 0)


def test_without_reservation_nothing_is_promised():
    h = pool(1)
    map_huge(h, 3, PRIVATE | Map.NORESERVE)
    assert numbers(h) == (1, 1, 0, 0)
    assert h.write(0, 2 * M).signal == ""
    assert h.write(2 * M, 2 * M).signal == "SIGBUS"


def test_promised_pages_are_nobody_elses():
    h = pool(2)
    map_huge(h, 2)
    map_huge(h, 1, PRIVATE | Map.NORESERVE, offset=64 * M)
    assert h.write(64 * M, 2 * M).signal == "SIGBUS"


def test_shared_mappings_promise_each_page_of_the_file_once():
    h = pool(3)
    map_huge(h, 3, SHARED)
    child = child_of(h)
    assert numbers(h) == (3, 3, 3, 0)
    h.write(0, 2 * M)
    h.write(0, 4 * M, task=child)
    assert numbers(h) == (3, 1, 1, 0)
    unmap(h, 0, 3)
    assert numbers(h) == (3, 1, 1, 0)
    do_exit(h.kernel, child)
    debug_vm(h.kernel)
    assert numbers(h) == (3, 3, 0, 0)


def test_children_have_no_promise():
    h = pool(2)
    map_huge(h, 2)
    child = child_of(h)
    assert numbers(h) == (2, 2, 2, 0)
    assert h.write(0, 2 * M, task=child).signal == "SIGBUS"
    assert h.write(0, 4 * M).signal == ""


def test_parts_of_a_mapping_share_its_promise_and_keep_their_places():
    h = pool(4)
    map_huge(h, 4)
    h.write(6 * M, 2 * M)
    unmap(h, 2 * M, 1)
    assert numbers(h) == (4, 3, 2, 0)
    upper = vma(h, 4 * M)
    assert (index_of(upper, (START >> 21) + 3), indices_of(upper)) == (3, 0b1100)
    assert upper.reserve is vma(h).reserve
    unmap(h, 4 * M, 2)
    assert numbers(h) == (4, 4, 1, 0)


def test_ordinary_mappings_have_no_inode_of_hugetlbfs():
    h = pool(0)
    h.map(2 * M)
    with pytest.raises(KernelError):
        inode_of(vma(h))


def test_a_shared_mapping_without_promises_takes_those_of_others():
    h = pool(2)
    map_huge(h, 2)
    map_huge(h, 2, SHARED | Map.NORESERVE, offset=64 * M)
    assert h.write(64 * M, 4 * M).signal == ""
    assert numbers(h) == (2, 0, 2, 0)
    assert h.write(0, 2 * M).signal == "SIGBUS"


def nodes_of(h, pages):
    return [h.task.mm.hugetlb[(START >> 21) + page].page.block.zone.node for page in range(pages)]


@pytest.mark.parametrize(
    ("mode", "nodes", "found"),
    [
        (PolicyMode.DEFAULT, (), [0, 0, 1]),
        (PolicyMode.PREFERRED, (1,), [1, 1, 0]),
        (PolicyMode.INTERLEAVE, (0, 1), [0, 1, 0]),
    ],
)
def test_pages_come_from_the_nodes_of_the_policy(mode, nodes, found):
    h = host(memory=2048 * M, nodes=2, cpus=2)
    resize(h, 4)
    map_huge(h, 3)
    set_mempolicy(h.kernel, h.task, mode, nodes)
    h.write(0, 6 * M)
    assert nodes_of(h, 3) == found


def test_a_bound_mapping_gets_no_page_of_another_node():
    h = host(memory=2048 * M, nodes=2, cpus=2)
    resize(h, 4)
    map_huge(h, 3)
    set_mempolicy(h.kernel, h.task, PolicyMode.BIND, (1,))
    assert h.write(0, 4 * M).signal == ""
    assert h.write(4 * M, 2 * M).signal == "SIGBUS"


def test_a_promise_kept_with_a_surplus_page_is_never_taken_back():
    h = pool(2)
    map_huge(h, 2)
    soft_offline_page(h.kernel, 0, h.kernel.hugetlb.nodes[0].free[0].block.start_pfn)
    assert numbers(h) == (2, 1, 2, 0)
    h.kernel.hugetlb.overcommit = 1
    h.write(0, 4 * M)
    assert numbers(h) == (3, 0, 1, 1)
    unmap(h, 0, 2)
    assert numbers(h)[2] == h.kernel.hugetlb.leaked == 1
