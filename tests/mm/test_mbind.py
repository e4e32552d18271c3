"""mbind: policies of ranges, and the migration of what is there."""

import pytest

from tests.mm.test_mempolicy import node, stat, two_nodes
from tests.support import START, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.gup import pin
from thpsh.mm.mbind import MbindRequest, Mpol, mbind
from thpsh.mm.mmap import munmap
from thpsh.structs.mempolicy import MemPolicy, PolicyMode

DEFAULT, BIND, INTERLEAVE = PolicyMode.DEFAULT, PolicyMode.BIND, PolicyMode.INTERLEAVE


def bind(h, offset, length, *nodes, flags=0, mode=BIND):
    mbind(h.kernel, h.task, MbindRequest(START + offset, length, mode, nodes, flags))
    debug_vm(h.kernel)


def policies(h):
    return [(vma.start - START, vma.end - START, vma.policy) for vma in h.task.mm.vmas if vma.start >= START][:-2]


def refused(h, *arguments, **options):
    with pytest.raises(KernelError) as error:
        bind(h, *arguments, **options)
    return error.value.errno


def test_a_part_of_a_vma_gets_a_policy_of_its_own_and_merges_back():
    h = two_nodes()
    h.map(6 * M)
    bind(h, 2 * M, 2 * M, 1)
    one = MemPolicy(BIND, (1,))
    assert policies(h) == [(0, 2 * M, None), (2 * M, 4 * M, one), (4 * M, 6 * M, None)]
    bind(h, 4 * M, 1 * M, 1)
    assert policies(h) == [(0, 2 * M, None), (2 * M, 5 * M, one), (5 * M, 6 * M, None)]
    bind(h, 1 * M, 1 * M, 1)
    assert policies(h) == [(0, 1 * M, None), (1 * M, 5 * M, one), (5 * M, 6 * M, None)]


def test_only_the_first_vma_of_a_range_merges_with_its_neighbours():
    h = two_nodes()
    h.map(6 * M)
    bind(h, 2 * M, 2 * M, 1)
    bind(h, 0, 6 * M, mode=DEFAULT)
    assert [(start, end) for start, end, _ in policies(h)] == [(0, 2 * M), (2 * M, 4 * M), (4 * M, 6 * M)]


@pytest.mark.parametrize(
    ("offset", "length", "nodes", "options", "errno"),
    [
        (1, 4 * K, (1,), {}, Errno.EINVAL),
        (0, 4 * M, (2,), {}, Errno.EINVAL),
        (0, 4 * M, (), {}, Errno.EINVAL),
        (0, 4 * M, (1,), {"mode": DEFAULT}, Errno.EINVAL),
        (0, 4 * M, (1,), {"flags": 16}, Errno.EINVAL),
        (8 * M, 2 * M, (1,), {}, Errno.EFAULT),
    ],
)
def test_bad_calls_are_refused(offset, length, nodes, options, errno):
    h = two_nodes()
    h.map(4 * M)
    assert refused(h, offset, length, *nodes, **options) is errno
    assert policies(h) == [(0, 4 * M, None)]


def test_a_hole_in_the_range_is_a_bad_address_unless_the_policy_is_the_default():
    h = two_nodes()
    h.map(6 * M)
    munmap(h.kernel, h.task, START + 2 * M, 2 * M)
    assert refused(h, 0, 6 * M, 1) is Errno.EFAULT
    bind(h, 0, 6 * M, mode=DEFAULT)
    bind(h, 0, 0, 1)


def test_strict_alone_fails_wherever_there_is_a_page_and_splits_huge_ones_first():
    h = two_nodes("always")
    h.map(4 * M)
    bind(h, 2 * M, 2 * M, 0, flags=Mpol.STRICT)
    h.write(0, 4 * K)
    assert refused(h, 0, 2 * M, 0, flags=Mpol.STRICT) is Errno.EIO
    assert h.slots(4 * M) == "F."
    assert policies(h) == [(0, 2 * M, None), (2 * M, 4 * M, MemPolicy(BIND, (0,)))]


def test_a_vma_that_grows_over_the_next_one_keeps_its_old_policy():
    h = two_nodes()
    h.map(4 * M)
    bind(h, 0, 2 * M, 1)
    bind(h, 0, 2 * M, mode=DEFAULT)
    assert policies(h) == [(0, 4 * M, MemPolicy(BIND, (1,)))]


def test_move_takes_the_pages_along():
    h = two_nodes("always")
    h.map(4 * M)
    h.write(0, 4 * M)
    before = stat(h, 1, "numa_hit")
    bind(h, 2 * M, 1 * M, 1, flags=Mpol.MOVE)
    assert h.slots(4 * M) == "HF"
    assert [node(h, page) for page in (0, 512, 767, 768, 1023)] == [0, 1, 1, 0, 0]
    assert stat(h, 1, "numa_hit") == before + 256


def test_move_to_several_nodes_follows_the_addresses():
    h = two_nodes()
    h.map(2 * M)
    h.write(0, 64 * K)
    bind(h, 0, 2 * M, 0, 1, mode=INTERLEAVE, flags=Mpol.MOVE)
    assert [node(h, page) for page in range(6)] == [0, 1, 0, 1, 0, 1]
    assert stat(h, 1, "numa_interleave") == 8


def test_pages_of_others_move_only_with_move_all():
    h = two_nodes()
    h.map(2 * M)
    h.write(0, 64 * K)
    child = fork(h.kernel, h.task, "child")
    bind(h, 0, 2 * M, 1, flags=Mpol.MOVE)
    assert node(h, 0) == 0
    bind(h, 0, 2 * M, 1, flags=Mpol.MOVE_ALL)
    assert node(h, 0) == node(h, 0, child) == 1


def test_pinned_pages_make_a_strict_move_fail_after_the_policy_is_set():
    h = two_nodes()
    h.map(2 * M)
    h.write(0, 16 * K)
    pin(h.kernel, h.task, START, 4 * K)
    assert refused(h, 0, 2 * M, 1, flags=Mpol.MOVE | Mpol.STRICT) is Errno.EIO
    assert policies(h) == [(0, 2 * M, MemPolicy(BIND, (1,)))]
    assert [node(h, page) for page in range(3)] == [0, 1, 1]


def test_nodes_are_looked_at_before_the_length_and_a_length_may_wrap_to_nothing():
    h = two_nodes()
    h.map(4 * M)
    assert refused(h, 0, 0, 64) is Errno.EINVAL
    bind(h, 0, 0, 2)
    bind(h, 0, (1 << 64) - 1, 1)
    assert policies(h) == [(0, 4 * M, None)]
