"""debug_vm, the part about NUMA: policies that set_mempolicy and mbind could have made, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import ModelBug
from thpsh.structs.mempolicy import NodeMode, PolicyMode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mempolicy import MemPolicy
    from thpsh.structs.mm import Mm
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.task import Task


def check_policies(kernel: Kernel, mms: list[Mm], mappings: Iterable[AddressSpace]) -> None:
    """Raise ModelBug at the first policy of a process, a VMA or shared memory that no call can have made."""
    online = {node.nid for node in kernel.nodes if node.zones}
    for task in kernel.tasks.values():
        if task.policy is not None:
            _check_task(task, task.policy, online)
    for mm in mms:
        for vma in mm.vmas:
            if vma.policy is not None:
                _check(f"mm {mm.number} VMA {vma.start:#x}", vma.policy, online)
    for mapping in mappings:
        _check_shared(mapping, online)


def _check(whose: str, policy: MemPolicy, online: set[int]) -> None:
    """The rules of mpol_new: only nodes with memory, ascending; PREFERRED one or none, the others at least one."""
    mode, nodes = policy.mode, policy.nodes
    if mode is PolicyMode.DEFAULT:
        raise ModelBug(f"{whose}: the default policy is kept as an object")
    if list(nodes) != sorted(set(nodes) & online):
        raise ModelBug(f"{whose}: nodes {nodes} of a policy, those with memory are {sorted(online)}")
    if bool(policy.asked) != (policy.numbered is not NodeMode.PLAIN):
        raise ModelBug(f"{whose}: a policy that is {policy.numbered.name.lower()} was asked for {policy.asked}")
    if policy.numbered is NodeMode.STATIC and not set(nodes) <= set(policy.asked):
        raise ModelBug(f"{whose}: static nodes {nodes} were not asked for, but {policy.asked}")
    if len(nodes) > 1 if mode is PolicyMode.PREFERRED else not nodes:
        raise ModelBug(f"{whose}: {mode.name.lower()} with {len(nodes)} nodes")


def _check_task(task: Task, policy: MemPolicy, online: set[int]) -> None:
    whose = f"pid {task.pid}"
    _check(whose, policy, online)
    if policy.mode is PolicyMode.INTERLEAVE and task.interleave_next not in policy.nodes:
        raise ModelBug(f"{whose}: node {task.interleave_next} is next, but not one of {policy.nodes}")


def _check_shared(mapping: AddressSpace, online: set[int]) -> None:
    """The ranges are ascending and do not overlap (the red-black tree of struct shared_policy)."""
    end = 0
    for low, high, policy in mapping.policies:
        if low < end or high <= low:
            raise ModelBug(f"shared memory: the policy of offsets {low:#x}-{high:#x} is out of order")
        _check(f"shared memory at {low:#x}", policy, online)
        end = high
