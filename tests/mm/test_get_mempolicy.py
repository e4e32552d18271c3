"""Questions about policies and nodes."""

import pytest

from tests.mm.groups import full_of_another
from tests.mm.layout import SHARED, place
from tests.mm.test_mempolicy import two_nodes
from tests.support import START, K, M
from thpsh.errors import Errno, KernelError
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.get_mempolicy import get_mempolicy, get_mempolicy_node
from thpsh.mm.mbind import MbindRequest, mbind
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.structs.mempolicy import MemPolicy, PolicyMode

BIND, INTERLEAVE = PolicyMode.BIND, PolicyMode.INTERLEAVE


def refused(function, *arguments):
    with pytest.raises(KernelError) as error:
        function(*arguments)
    return error.value.errno


def test_an_address_without_a_policy_has_the_default_one_whatever_the_process_has():
    h = two_nodes()
    h.map(4 * M)
    set_mempolicy(h.kernel, h.task, BIND, (1,))
    mbind(h.kernel, h.task, MbindRequest(START + 2 * M, 2 * M, BIND, (0,)))
    assert get_mempolicy(h.kernel, h.task) == MemPolicy(BIND, (1,))
    assert get_mempolicy(h.kernel, h.task, START) is None
    assert get_mempolicy(h.kernel, h.task, START + 2 * M) == MemPolicy(BIND, (0,))
    assert refused(get_mempolicy, h.kernel, h.task, START + 64 * M) is Errno.EFAULT


def test_shared_memory_tells_the_policy_of_the_object():
    h = two_nodes()
    place(h, 0, 2 * M, flags=SHARED)
    mbind(h.kernel, h.task, MbindRequest(START, M, BIND, (1,)))
    assert get_mempolicy(h.kernel, h.task, START + 4 * K) == MemPolicy(BIND, (1,))
    assert get_mempolicy(h.kernel, h.task, START + M) is None


@pytest.mark.parametrize(("mode", "slots"), [("always", "H"), ("never", "z")])
def test_the_node_of_a_page_is_told_after_a_fault_if_it_takes_one(mode, slots):
    h = two_nodes(mode)
    h.map(2 * M)
    assert get_mempolicy_node(h.kernel, h.task, START + 8 * K) == 0
    assert h.slots(2 * M) == slots
    debug_vm(h.kernel)


def test_small_pages_tell_their_node():
    h = two_nodes()
    h.map(2 * M)
    h.task.cpu = 1
    h.write(0, 4 * K)
    assert get_mempolicy_node(h.kernel, h.task, START) == 1


def test_the_next_turn_of_an_interleaving_process():
    h = two_nodes()
    assert refused(get_mempolicy_node, h.kernel, h.task) is Errno.EINVAL
    set_mempolicy(h.kernel, h.task, INTERLEAVE, (0, 1))
    assert get_mempolicy_node(h.kernel, h.task) == 0


def test_where_the_group_has_no_room_for_the_page_somebody_is_killed_first():
    h, other = full_of_another()
    assert get_mempolicy_node(h.kernel, h.task, START) == 0
    assert other.killed_by == "SIGKILL"
    debug_vm(h.kernel)
