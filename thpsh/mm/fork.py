"""Copying a process (kernel/fork.c: dup_mmap)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import KernelError
from thpsh.mm.exit import drop_mm
from thpsh.mm.huge_memory.mm_slot import register
from thpsh.mm.ksm.slots import ksm_enter
from thpsh.mm.locks import mmap_sem
from thpsh.mm.memory.copy import copy_page_range
from thpsh.mm.oom_retry import retry_after_oom
from thpsh.mm.overcommit import vm_enough_memory
from thpsh.mm.page_alloc import OutOfMemory
from thpsh.mm.rmap import anon_vma_fork
from thpsh.mm.task import new_mm, new_task
from thpsh.mm.vma import vm_stat_account
from thpsh.structs.vma import Vm, Vma
from thpsh.trace.events.vma import Fork

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.mm import Mm
    from thpsh.structs.task import Task

_COPIED = (
    "total_vm", "shared_vm", "exec_vm", "stack_vm", "reserved_vm", "start_code", "end_code", "start_data", "end_data",
    "start_brk", "brk", "start_stack", "arg_start", "mmap_base", "def_flags",
)  # fmt: skip


def fork(kernel: Kernel, parent: Task, name: str, sibling: bool = False) -> Task:
    """Copy a process; the child shares all pages.

    `sibling`: it becomes a child of the parent's parent (CLONE_PARENT).
    """
    task = new_task(kernel, name, parent.parent if sibling else parent.pid, parent.cpu)
    task.cgroup = parent.cgroup
    task.regions = dict(parent.regions)
    task.policy, task.interleave_next = parent.policy, parent.interleave_next
    task.oom_adj, task.oom_score_adj = parent.oom_adj, parent.oom_score_adj
    task.mce_kill, task.nice, task.command = parent.mce_kill, parent.nice, parent.command
    with kernel.trace.cause(Fork(parent.pid, task.pid, name)):
        if parent.mm is not None:
            _copy_mm(kernel, task, parent, parent.mm)
    kernel.clock.spend(kernel.cost.syscall)
    return task


def _copy_mm(kernel: Kernel, task: Task, parent: Task, old: Mm) -> None:
    """Give a child its parent's memory; what was copied before memory ended is given back, and somebody killed.

    Where no more may be promised, nobody is: fork fails (ENOMEM).
    """

    def copy() -> None:
        task.mm = mm = new_mm(kernel, task)
        try:
            with mmap_sem(kernel, old, "write", "dup_mmap"), mmap_sem(kernel, mm, "write", "dup_mmap, nested"):
                dup_mmap(kernel, parent, mm, old)
        except (OutOfMemory, KernelError):
            task.mm = None
            drop_mm(kernel, task, mm)
            raise

    try:
        retry_after_oom(kernel, parent, copy)
    except KernelError:
        kernel.own(kernel.tables)
        del kernel.tables.tasks[task.pid]
        kernel.own(kernel.totals)
        kernel.totals.next_pid = task.pid  # alloc_pid comes after copy_mm
        raise


def dup_mmap(kernel: Kernel, parent: Task, mm: Mm, old: Mm) -> None:
    """Fill a new address space with copies of another's VMAs and page tables."""
    for name in _COPIED:
        setattr(mm, name, getattr(old, name))
    mm.free_area_cache = old.mmap_base
    mm.cached_hole_size = (1 << 64) - 1
    mm.stuck = dict(old.stuck)
    if old.mergeable:
        ksm_enter(kernel, mm)
    if old.khugepaged:
        register(kernel, mm)
    for vma in old.vmas:
        if vma.flags & Vm.DONTCOPY:
            mm.total_vm -= vma.nr_pages
            vm_stat_account(kernel, mm, vma.flags, vma.file, -vma.nr_pages)
            continue
        copy = _copy_vma(kernel, mm, vma)
        mm.vmas.append(copy)
        mm.starts.append(copy.start)
        kernel.own(kernel.slab)
        kernel.slab.vmas += 1
        copy_page_range(kernel, parent, copy, vma)
    mm.hiwater_rss = mm.rss
    mm.hiwater_vm = mm.total_vm
    kernel.clock.spend(len(mm.vmas) * kernel.cost.vma)


def _copy_vma(kernel: Kernel, mm: Mm, vma: Vma) -> Vma:
    """A VMA's copy in a child; what is promised to it comes on top of what the parent was promised."""
    if vma.flags & Vm.ACCOUNT:
        vm_enough_memory(kernel, mm, vma.nr_pages, vma.mm.total_vm)
    copy = Vma(
        mm,
        vma.start,
        vma.end,
        vma.flags & ~Vm.LOCKED if vma.flags & Vm.LOCKED else vma.flags,  # the same number, not an equal one
        vma.pgoff,
        vma.file,
        policy=vma.policy,
        epoch=kernel.journal.epoch,
    )
    anon_vma_fork(kernel, copy, vma)
    if vma.file is not None:
        kernel.own(vma.file.mapping)
        vma.file.mapping.maps[copy] = None
    return copy
