"""Memory policies that no call can have made are noticed."""

import pytest

from tests.support import START, M, host
from thpsh.errors import ModelBug
from thpsh.mm.debug_vm import debug_vm
from thpsh.mm.mbind import MbindRequest, mbind
from thpsh.mm.mempolicy import set_mempolicy
from thpsh.mm.mman import Map
from thpsh.mm.mmap import mmap
from thpsh.mm.mmap_region import MapRequest
from thpsh.structs.mempolicy import MemPolicy, NodeMode, PolicyMode

BIND, INTERLEAVE, PREFERRED = PolicyMode.BIND, PolicyMode.INTERLEAVE, PolicyMode.PREFERRED


@pytest.fixture
def h():
    """Two nodes; 2 MiB of shared memory whose first half is bound to node 1, in a process that interleaves."""
    made = host(memory=512 * M, nodes=2)
    mmap(made.kernel, made.task, MapRequest(START, 2 * M, flags=Map.SHARED | Map.ANONYMOUS | Map.FIXED))
    mbind(made.kernel, made.task, MbindRequest(START, 1 * M, BIND, (1,)))
    set_mempolicy(made.kernel, made.task, INTERLEAVE, (0, 1))
    return made


def shared(h):
    return h.task.mm.vma_at(START).file.mapping


def broken(h, text):
    check = pytest.raises(ModelBug, match=text)
    with check:
        debug_vm(h.kernel)


def test_policies_made_by_calls_pass(h):
    set_mempolicy(h.kernel, h.task, PREFERRED, ())
    debug_vm(h.kernel)


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (MemPolicy(PolicyMode.DEFAULT, ()), "default"),
        (MemPolicy(BIND, (0, 2)), r"\(0, 2\)"),
        (MemPolicy(BIND, (1, 0)), r"\(1, 0\)"),
        (MemPolicy(BIND, ()), "bind with 0"),
        (MemPolicy(INTERLEAVE, ()), "interleave with 0"),
        (MemPolicy(BIND, (0,), NodeMode.STATIC), "static was asked"),
        (MemPolicy(BIND, (0,), NodeMode.PLAIN, (0,)), "plain was asked"),
        (MemPolicy(BIND, (0, 1), NodeMode.STATIC, (1,)), "static nodes"),
        (MemPolicy(PREFERRED, (0, 1)), "preferred with 2"),
    ],
)
def test_a_policy_that_mpol_new_refuses(h, policy, text):
    h.task.policy = policy
    broken(h, f"pid {h.task.pid}.*{text}")
    h.task.policy = None
    h.task.mm.vma_at(START).policy = policy
    broken(h, f"VMA {START:#x}.*{text}")


def test_the_next_node_is_one_of_those_interleaved(h):
    h.task.interleave_next = 1
    debug_vm(h.kernel)
    h.task.policy = MemPolicy(INTERLEAVE, (0,))
    broken(h, "node 1 is next")


def test_ranges_of_shared_memory_do_not_overlap(h):
    ((low, high, policy),) = shared(h).policies
    assert (low, high, policy) == (0, 256, MemPolicy(BIND, (1,)))
    shared(h).policies = ((0, 256, policy), (255, 512, policy))
    broken(h, "0xff-0x200 is out of order")


def test_ranges_of_shared_memory_have_sound_policies(h):
    shared(h).policies = ((0, 256, MemPolicy(BIND, (7,))),)
    broken(h, r"shared memory at 0x0: nodes \(7,\)")
