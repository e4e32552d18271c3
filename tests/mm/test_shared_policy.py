"""Policies of shared memory."""

from tests.mm.layout import SHARED, place
from tests.mm.test_mempolicy import node, stat, two_nodes
from tests.support import START, K, M
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.fork import fork
from thpsh.mm.mbind import MbindRequest, mbind
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.mm.shared_policy import set_shared_policy, shared_policy
from thpsh.structs.mempolicy import MemPolicy, PolicyMode
from thpsh.structs.page_cache import AddressSpace

BIND, INTERLEAVE = PolicyMode.BIND, PolicyMode.INTERLEAVE
ZERO, ONE = MemPolicy(BIND, (0,)), MemPolicy(BIND, (1,))
END = 1 << 64


def test_ranges_replace_and_cut_each_other():
    kernel = two_nodes().kernel
    mapping = AddressSpace(swap_backed=True)
    set_shared_policy(kernel, mapping, (10, 20), ONE)
    set_shared_policy(kernel, mapping, (12, 14), None)
    set_shared_policy(kernel, mapping, (18, 30), ZERO)
    assert mapping.policies == ((10, 12, ONE), (14, 18, ONE), (18, 30, ZERO))
    found = [shared_policy(mapping, offset) for offset in (0, 11, 12, 29, 30)]
    assert found == [(None, 10), (ONE, 12), (None, 14), (ZERO, 30), (None, END)]


def test_whoever_touches_shared_memory_gets_it_from_the_node_of_the_object():
    h = two_nodes()
    place(h, 0, 2 * M, flags=SHARED)
    child = fork(h.kernel, h.task, "child")
    mbind(h.kernel, h.task, MbindRequest(START, M, BIND, (1,)))
    h.write(0, 2 * M, task=child)
    assert [node(h, page, child) for page in (0, 255, 256, 511)] == [1, 1, 0, 0]


def test_interleaved_shared_memory_follows_the_offsets():
    h = two_nodes()
    place(h, 0, 2 * M, flags=SHARED)
    mbind(h.kernel, h.task, MbindRequest(START, 2 * M, INTERLEAVE, (0, 1)))
    h.write(12 * K, 32 * K)
    assert [node(h, page) for page in (3, 4, 5, 6)] == [1, 0, 1, 0]
    assert stat(h, 1, "numa_interleave") == 4


def test_without_a_policy_of_its_own_it_follows_the_process():
    h = two_nodes()
    place(h, 0, 2 * M, flags=SHARED)
    set_mempolicy(h.kernel, h.task, BIND, (1,))
    h.write(0, 4 * K)
    assert node(h, 0) == 1
    debug_vm(h.kernel)
