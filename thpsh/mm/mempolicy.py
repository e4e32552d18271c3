"""Memory policies: which node an allocation is to come from (mm/mempolicy.c).

The policy of a VMA goes before that of the process; neither means the node of the CPU. Page tables and the page cache
belong to no VMA: they follow the process's policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.errors import Errno, KernelError
from thpsh.mm.page_alloc import highest_zone
from thpsh.mm.shared_policy import shared_policy
from thpsh.structs.bits import PAGES, lowest, span
from thpsh.structs.mempolicy import MemPolicy, NodeMode, Placement, PolicyMode
from thpsh.structs.page import HPAGE_ORDER, HPAGE_SHIFT, PAGE_SHIFT, Gfp
from thpsh.trace.events.lock import AllocPagesVma
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.page_cache import AddressSpace
    from thpsh.structs.task import Task
    from thpsh.structs.vma import Vma

MAX_NUMNODES: Final = 64  # CONFIG_NODES_SHIFT=6


def get_nodes(nodes: Iterable[int]) -> tuple[int, ...]:
    """The nodes of a call in ascending order; those that no host of this build can have are refused."""
    wanted = tuple(sorted(set(nodes)))
    if wanted and wanted[-1] >= MAX_NUMNODES:
        raise KernelError(Errno.EINVAL, f"this kernel is built for {MAX_NUMNODES} nodes, there is no node {wanted[-1]}")
    return wanted


def mpol_new(
    kernel: Kernel, mode: PolicyMode, nodes: Iterable[int], numbered: NodeMode = NodeMode.PLAIN
) -> MemPolicy | None:
    """A policy as set_mempolicy and mbind ask for it; None is the default (mpol_new, mpol_set_nodemask).

    Nodes that the host lacks are dropped in silence if one is left; relative ones are counted among those with memory,
    round and round.
    """
    wanted = get_nodes(nodes)
    if mode is PolicyMode.DEFAULT:
        if wanted:
            raise KernelError(Errno.EINVAL, "the default policy takes no nodes")
        return None
    if not wanted:
        if mode is PolicyMode.PREFERRED and numbered is NodeMode.PLAIN:
            return MemPolicy(mode, ())
        raise KernelError(Errno.EINVAL, f"the policy {mode.name.lower()} needs at least one node")
    online = [node.nid for node in kernel.nodes if node.zones]
    if numbered is NodeMode.RELATIVE:
        present = tuple(sorted({online[node % len(online)] for node in wanted}))
    else:
        present = tuple(node for node in online if node in wanted)
    if not present:
        raise KernelError(Errno.EINVAL, f"no node of {', '.join(map(str, wanted))} has memory")
    asked = () if numbered is NodeMode.PLAIN else wanted
    return MemPolicy(mode, present[:1] if mode is PolicyMode.PREFERRED else present, numbered, asked)


def set_mempolicy(
    kernel: Kernel, task: Task, mode: PolicyMode, nodes: Iterable[int], numbered: NodeMode = NodeMode.PLAIN
) -> None:
    """The policy of a process, for what it allocates from now on (set_mempolicy(2))."""
    nodes = tuple(nodes)
    with kernel.trace.cause(Syscall(task.pid, "set_mempolicy", 0, 0, policy_word(mode, nodes, numbered))):
        kernel.clock.spend(kernel.cost.syscall)
        policy = mpol_new(kernel, mode, nodes, numbered)
        kernel.own(task)
        task.policy = policy
        if policy is not None and policy.mode is PolicyMode.INTERLEAVE:
            task.interleave_next = policy.nodes[0]


def policy_word(mode: PolicyMode, nodes: tuple[int, ...], numbered: NodeMode = NodeMode.PLAIN) -> str:
    """A policy in one word: `bind:0,1`, `bind=static:0,1`."""
    word = mode.name.lower() if numbered is NodeMode.PLAIN else f"{mode.name.lower()}={numbered.name.lower()}"
    return word + (":" + ",".join(map(str, nodes)) if nodes else "")


def get_vma_policy(task: Task | None, vma: Vma) -> MemPolicy | None:
    """The policy for the pages of a VMA; without a process (khugepaged), only the VMA's own counts."""
    if vma.policy is not None:
        return vma.policy
    return task.policy if task is not None else None


def interleaves(task: Task, vma: Vma) -> bool:
    """Do the pages of a VMA go to several nodes in turn?"""
    policy = get_vma_policy(task, vma)
    return policy is not None and policy.mode is PolicyMode.INTERLEAVE


def _placement(kernel: Kernel, policy: MemPolicy | None, node: int, gfp: int) -> Placement:
    """Where a policy that does not interleave looks, near a node (policy_zonelist, policy_nodemask)."""
    if policy is None:
        return Placement(node)
    if policy.mode is PolicyMode.PREFERRED:
        return Placement(policy.nodes[0] if policy.nodes else node)
    bound = highest_zone(gfp) >= max(zone.kind for zone in kernel.zones)
    return Placement(node, policy.nodes if bound else None)


def huge_placement(kernel: Kernel, task: Task | None, vma: Vma, slot: int, near: tuple[int, int]) -> Placement:
    """Where the huge page of a slot is to come from; `near` is the node for the default policy, and the gfp flags.

    Interleaved huge pages change nodes every 2 MiB of the mapping's page offsets.
    """
    node, gfp = near
    if not kernel.features.huge_vma_policy:
        return Placement(node) if task is None else current_placement(kernel, task, gfp)
    policy = get_vma_policy(task, vma)
    if policy is None or policy.mode is not PolicyMode.INTERLEAVE:
        return _placement(kernel, policy, node, gfp)
    offset = (vma.pgoff >> HPAGE_ORDER) + ((slot << HPAGE_SHIFT) - vma.start >> HPAGE_SHIFT)
    return Placement(policy.nodes[offset % len(policy.nodes)], interleaved=True)


def page_placement(
    kernel: Kernel, task: Task, vma: Vma, slot: int, pages: int, near: tuple[int, int]
) -> tuple[int, Placement]:
    """Where some small pages of a slot are to come from: the answer holds for the pages it names, the others follow.

    Interleaved pages change nodes with every page offset.
    """
    node, gfp = near
    policy = get_vma_policy(task, vma)
    if policy is None or policy.mode is not PolicyMode.INTERLEAVE:
        return pages, _placement(kernel, policy, node, gfp)
    return _interleaved(policy, vma.pgoff + ((slot << HPAGE_SHIFT) - vma.start >> PAGE_SHIFT), pages)


def _interleaved(policy: MemPolicy, offset: int, pages: int) -> tuple[int, Placement]:
    """The pages that go to the node of the lowest one; page 0 has the given offset (offset_il_node)."""
    count = len(policy.nodes)
    low = lowest(pages)
    where = Placement(policy.nodes[(offset + low) % count], interleaved=True)
    return pages & _every(count, low % count), where


def _every(count: int, first: int) -> int:
    """Every so many-th page of a slot, from the first."""
    return sum(1 << page for page in range(first, PAGES, count))


def cache_placement(
    kernel: Kernel, task: Task, mapping: AddressSpace, offset_slot: int, pages: int
) -> tuple[int, Placement]:
    """Where pages of the page cache (of a slot of 512 page offsets) come from: the answer holds for those it names.

    Files follow the policy of the process that reads, shared memory that of its object, if it has one there. The boot
    image was unpacked while the kernel itself still interleaved (numa_policy_init).
    """
    gfp = Gfp.HIGHUSER_MOVABLE
    if mapping.unevictable:
        nodes = tuple(node.nid for node in kernel.nodes if node.zones)
        return _interleaved(MemPolicy(PolicyMode.INTERLEAVE, nodes), offset_slot * PAGES, pages)
    if not mapping.swap_backed:
        where = current_placement(kernel, task, gfp)
        return (pages & -pages if where.interleaved else pages), where
    base = offset_slot * PAGES
    low = lowest(pages)
    policy, end = shared_policy(mapping, base + low)
    policy = policy or task.policy
    pages &= span(low, min(end - base, PAGES))
    if policy is None or policy.mode is not PolicyMode.INTERLEAVE:
        return pages, _placement(kernel, policy, kernel.cpus[task.cpu].node, gfp)
    return _interleaved(policy, base, pages)


def current_placement(kernel: Kernel, task: Task, gfp: int) -> Placement:
    """Where an allocation of a process that belongs to no VMA looks; interleaved ones take turns (alloc_pages_current).

    The turn is taken: one answer serves one allocation, unless it is not interleaved.
    """
    policy = task.policy
    local = kernel.cpus[task.cpu].node
    if policy is None or policy.mode is not PolicyMode.INTERLEAVE:
        return _placement(kernel, policy, local, gfp)
    node = task.interleave_next
    later = [other for other in policy.nodes if other > node]
    kernel.own(task)
    task.interleave_next = later[0] if later else policy.nodes[0]
    return Placement(node, interleaved=True)


def nodemask_of_mempolicy(kernel: Kernel, task: Task) -> tuple[int, ...] | None:
    """The nodes that a process's policy names, for preferred the one it prefers; None: it has no policy.

    (init_nodemask_of_mempolicy)
    """
    policy = task.policy
    if policy is None:
        return None
    return policy.nodes or (kernel.cpus[task.cpu].node,)


def announce_policy(kernel: Kernel, task: Task | None, vma: Vma, node: int, site: str) -> None:
    """Announce, while locks are traced, with which policy a huge page is asked for, and for which node.

    Since commit 12 the node of the local policy is an argument; before, it was always the one of the current CPU.
    """
    if kernel.tables.lock_trace:
        found = get_vma_policy(task, vma)
        policy = "local" if found is None else policy_word(found.mode, found.nodes, found.numbered)
        argument = str(node) if kernel.features.policy_node_argument else "current"
        kernel.trace.emit(AllocPagesVma(HPAGE_ORDER, policy, argument, site))
