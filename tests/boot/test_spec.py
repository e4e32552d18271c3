"""Machines that can and cannot be."""

import pytest

from thpsh.boot.spec import MachineSpec, check
from thpsh.errors import UsageError
from thpsh.structs.config import BuildConfig


def test_the_default_machine_has_8_gib_two_cpus_and_one_node():
    spec = check(MachineSpec())
    assert (spec.memory, spec.cpus, spec.nodes, spec.swap, spec.kernel) == (8 << 30, 2, 1, 0, "3.0")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"memory": 1 << 20}, "memory 1M: expected 32M to 16T"),
        ({"memory": 32 << 40}, "memory"),
        ({"memory": (1 << 30) + 5}, "multiple of 4096"),
        ({"nodes": 0}, "nodes 0"),
        ({"cpus": 0}, "cpus 0"),
        ({"nodes": 2, "build": BuildConfig(numa=False)}, "nonuma"),
        ({"memory": 64 << 20, "nodes": 4}, "node 0: expected at least 32M"),
    ],
)
def test_impossible_machines_are_refused_by_name(fields, word):
    with pytest.raises(UsageError, match=word):
        check(MachineSpec(**fields))


def test_nodes_share_the_memory_in_whole_pageblocks():
    assert check(MachineSpec(nodes=2)).shares == (4 << 30, 4 << 30)
    assert check(MachineSpec(memory=8 << 30, nodes=3)).shares == (1365 << 21, 1365 << 21, 1366 << 21)
    assert sum(check(MachineSpec(memory=1 << 40, nodes=7)).shares) == 1 << 40
