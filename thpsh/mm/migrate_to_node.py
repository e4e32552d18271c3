"""Moving what a process has on some nodes to others (mm/mempolicy.c: migrate_pages(2), do_migrate_pages)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.check_range import isolated, mapped_pages, migrate_chunks, vma_migratable
from thpsh.mm.locks import mmap_sem
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.pagevec import lru_add_drain_all
from thpsh.mm.vma import mm_of
from thpsh.structs.bits import shifted
from thpsh.structs.mempolicy import Placement
from thpsh.trace.events.huge_memory import SplitReason
from thpsh.trace.events.vma import Syscall

if TYPE_CHECKING:
    from thpsh.mm.buddy import Chunk
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task


def migratepages(kernel: Kernel, cpu: int, task: Task, old: tuple[int, ...], new: tuple[int, ...]) -> int:
    """Move a process's pages from the n-th old node to the n-th new one; returns how many could not be moved.

    The caller is root, on some CPU: pages that others share move, too.
    """
    mm = mm_of(task)
    old, new = tuple(sorted(set(old))), tuple(sorted(set(new)))
    with kernel.trace.cause(Syscall(task.pid, "migrate_pages")):
        kernel.clock.spend(kernel.cost.syscall)
        present = {node.nid for node in kernel.nodes if node.zones}
        strange = [str(node) for node in new if node not in present]
        if strange:
            raise KernelError(Errno.EINVAL, f"there is no memory on node {', '.join(strange)}")
        lru_add_drain_all(kernel)
        with mmap_sem(kernel, mm, "read", "do_migrate_pages"):
            return sum(
                retry_after_oom(kernel, task, partial(_migrate_to_node, kernel, cpu, mm, pair))
                for pair in _pairs(old, new)
            )


def _pairs(old: tuple[int, ...], new: tuple[int, ...]) -> list[tuple[int, int]]:
    """From which node to which, in an order that fills no node that is still to be emptied, if there is one."""
    if not new:
        return []
    target = {node: new[place % len(new)] for place, node in enumerate(old)}
    waiting = set(old)
    found: list[tuple[int, int]] = []
    while True:
        moving = [node for node in sorted(waiting) if target[node] != node]
        if not moving:
            return found
        source = next((node for node in moving if target[node] not in waiting), moving[-1])
        waiting.remove(source)
        found.append((source, target[source]))


def _migrate_to_node(kernel: Kernel, cpu: int, mm: Mm, pair: tuple[int, int]) -> int:
    """Move all pages of an address space from one node to another; huge ones are split on whatever node they are.

    Raises ENOMEM where a group has no room for the copy of a page: the pages after it stay, and so do other nodes.
    """
    source, target = pair
    chunks: list[Chunk] = []
    for vma in mm.vmas:
        if vma_migratable(vma):
            pages = mapped_pages(kernel, vma, vma.start, vma.end, SplitReason.MIGRATION)
            there = [each for each in pages if each.block.zone.node == source]
            taken = isolated(kernel, there, shared=True)
            chunks += [(block, shifted(mask, shift)) for _, mask, block, shift in taken]
    moved = migrate_chunks(kernel, cpu, {Placement(target): chunks} if chunks else {})
    if moved.lacking is not None:
        raise moved.lacking
    if moved.nomem:
        raise KernelError(Errno.ENOMEM, f"no room for the copies of {moved.left} pages in their groups")
    return moved.left
