"""Directories of the cgroup file system and the tasks in them (kernel/cgroup.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.errors import Errno, KernelError
from thpsh.mm.memcg_move import force_empty
from thpsh.structs.memcg import MemCgroup

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task


def all_groups(kernel: Kernel) -> list[MemCgroup]:
    """The root and all groups below it, parents before their children."""
    found = [kernel.root_memcg]
    for memcg in found:
        found += memcg.children.values()
    return found


def ghosts(kernel: Kernel) -> list[MemCgroup]:
    """Removed groups that keep their numbers: swap slots are charged to them, or to one below in their hierarchy."""
    found: list[MemCgroup] = []
    for memcg in kernel.root_memcg.ghosts:  # a group is removed after those below it
        if memcg.stat.swap or any(below.res.parent is memcg.res for below in found):
            found.append(memcg)
    return found


def cgroup_tasks(kernel: Kernel, memcg: MemCgroup) -> list[Task]:
    """The living tasks of a group, by pid."""
    found = [task for task in kernel.tasks.values() if task.cgroup is memcg and not task.dead]
    return sorted(found, key=lambda task: task.pid)


def cgroup_create(kernel: Kernel, parent: MemCgroup, name: str) -> MemCgroup:
    """Make a group below another; what it inherits is fixed now (mem_cgroup_create)."""
    if name in parent.children:
        raise KernelError(Errno.EEXIST, f"{parent.children[name].path} is there already")
    taken = {memcg.number for memcg in (*all_groups(kernel), *ghosts(kernel))}
    epoch = kernel.journal.epoch
    memcg = MemCgroup(name, parent, epoch=epoch)
    memcg.number = next(number for number in range(1, len(taken) + 2) if number not in taken)
    memcg.res.epoch = memcg.memsw.epoch = memcg.stat.epoch = epoch
    if parent.use_hierarchy:
        memcg.res.parent, memcg.memsw.parent = parent.res, parent.memsw
    memcg.use_hierarchy = parent.use_hierarchy
    memcg.oom_kill_disable = parent.oom_kill_disable
    memcg.swappiness = swappiness_of(kernel, parent)
    memcg.notify_on_release = parent.notify_on_release
    memcg.clone_children = parent.clone_children
    kernel.own(parent)
    parent.children[name] = memcg
    kernel.clock.spend(kernel.cost.syscall)
    return memcg


def swappiness_of(kernel: Kernel, memcg: MemCgroup) -> int:
    """How readily a group swaps; the root does as /proc/sys/vm/swappiness says (get_swappiness)."""
    return kernel.sysctl.swappiness if memcg.parent is None else memcg.swappiness


def cgroup_rmdir(kernel: Kernel, memcg: MemCgroup) -> None:
    """Remove a group without tasks and children; what is charged to it goes to the group above."""
    parent = memcg.parent
    if parent is None:
        raise KernelError(Errno.EBUSY, "the root group stays while it is mounted")
    if memcg.children or cgroup_tasks(kernel, memcg):
        raise KernelError(Errno.EBUSY, f"{memcg.path} has tasks or groups below it")
    force_empty(kernel, memcg, reclaim=False)
    kernel.own(parent)
    del parent.children[memcg.name]
    kernel.own(memcg)
    memcg.removed = True
    root = kernel.root_memcg
    kernel.own(root)
    root.ghosts = [*ghosts(kernel), memcg]
    kernel.clock.spend(kernel.cost.syscall)
