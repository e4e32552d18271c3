"""migratepages: all that a process has on a node."""

import pytest

from tests.mm.test_mempolicy import node, two_nodes
from tests.support import START, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.gup import pin
from thpsh.mm.migrate_to_node import _pairs, migratepages

OF_THE_PROGRAM = 15  # pages on each node of two: they lie in the boot image, which cannot be moved (numa-migratepages)


def test_everything_moves_and_huge_pages_become_small():
    h = two_nodes("always")
    h.map(6 * M)
    h.write(0, 4 * M)
    h.enabled("never")
    h.write(4 * M, 64 * K)
    assert migratepages(h.kernel, 0, h.task, (0,), (1,)) == OF_THE_PROGRAM
    debug_vm(h.kernel)
    assert h.slots(6 * M) == "FFP"
    assert {node(h, page) for page in (0, 511, 1023, 1024, 1039)} == {1}
    assert migratepages(h.kernel, 0, h.task, (1,), (0,)) == OF_THE_PROGRAM
    assert {node(h, page) for page in (0, 511, 1023, 1024, 1039)} == {0}


def test_pages_that_others_hold_are_left():
    h = two_nodes()
    h.map(2 * M)
    h.write(0, 64 * K)
    pin(h.kernel, h.task, START, 12 * K)
    assert migratepages(h.kernel, 0, h.task, (0,), (1,)) == OF_THE_PROGRAM + 3
    debug_vm(h.kernel)


def test_a_node_without_memory_is_no_target():
    h = two_nodes()
    with pytest.raises(KernelError) as error:
        migratepages(h.kernel, 0, h.task, (0,), (2,))
    assert error.value.errno is Errno.EINVAL


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ((0,), (1,), [(0, 1)]),
        ((0, 1), (1, 2), [(1, 2), (0, 1)]),
        ((0, 1), (1, 0), [(1, 0), (0, 1)]),
        ((0, 1), (1,), [(0, 1)]),
        ((0, 1), (), []),
    ],
)
def test_a_node_is_emptied_before_it_is_filled(old, new, pairs):
    assert _pairs(old, new) == pairs
