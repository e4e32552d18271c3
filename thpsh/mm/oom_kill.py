"""Who dies when memory ends (mm/oom_kill.c: oom_badness, select_bad_process, out_of_memory)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.mm.oom_report import dump_header
from thpsh.mm.panic import panic
from thpsh.structs.mempolicy import PolicyMode
from thpsh.structs.task import INIT_PID
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

_ROOT_BONUS: Final = 30
_SCALE: Final = 1000
UNKILLABLE: Final = -1000
NOBODY_LEFT: Final = "Out of memory and no killable processes..."
_COMPULSORY: Final = 2  # of panic_on_oom


def unkillable(task: Task) -> bool:
    """Is a task out of the question: init, a kernel thread, dead, or exempt by its score?"""
    return task.mm is None or task.dead or task.pid == INIT_PID or task.oom_score_adj == UNKILLABLE


def oom_badness(kernel: Kernel, task: Task, total: int = 0) -> int:
    """The score of a task in thousandths of memory and swap, or of the `total` pages given; 0: it is never picked."""
    mm = task.mm
    if mm is None or unkillable(task):
        return 0
    points = mm.seen_rss + mm.nr_ptes + mm.seen_swap_ents
    points = points * _SCALE // max(1, total or kernel.totals.total_pages + kernel.swap.total)
    points -= _ROOT_BONUS
    return min(max(1, points + task.oom_score_adj), _SCALE)


def select_bad_process(kernel: Kernel, nodes: tuple[int, ...] | None = None) -> Task | None:
    """The task with the highest score, the oldest among equals; None when nobody may be killed.

    `nodes`: where memory ended for a bound policy; who is bound to others cannot help.
    """
    tasks = [task for task in kernel.tasks.values() if nodes is None or may_use(task, nodes)]
    return worst(kernel, tasks, _total_of(kernel, nodes) if nodes is not None else 0)


def may_use(task: Task, nodes: tuple[int, ...]) -> bool:
    """May a task have memory on some nodes, as far as its own policy goes (mempolicy_nodemask_intersects)?"""
    policy = task.policy
    if policy is None or policy.mode not in (PolicyMode.BIND, PolicyMode.INTERLEAVE):
        return True
    return any(node in nodes for node in policy.nodes)


def _total_of(kernel: Kernel, nodes: tuple[int, ...]) -> int:
    """What the score is measured by where memory ended on some nodes only: their span, and swap (constrained_alloc)."""
    return kernel.swap.total + sum(zone.spanned for zone in kernel.zones if zone.node in nodes)


def worst(kernel: Kernel, tasks: list[Task], total: int = 0) -> Task | None:
    """The task with the highest score among some, the first among equals."""
    chosen: Task | None = None
    best = 0
    for task in tasks:
        points = oom_badness(kernel, task, total)
        if points > best:
            chosen, best = task, points
    return chosen


def out_of_memory(kernel: Kernel, current: Task, gfp: int, order: int, nodes: tuple[int, ...] | None = None) -> Task:
    """Pick the process that must die for an allocation of `current`, and say so in the kernel log.

    `nodes`: those that a policy bound the allocation to; only a compulsory panic_on_oom panics then.
    """
    sysctl = kernel.sysctl
    if nodes is not None and all(node.nid in nodes for node in kernel.nodes):
        nodes = None
    if sysctl.panic_on_oom and (nodes is None or sysctl.panic_on_oom == _COMPULSORY):
        dump_header(kernel, current, gfp, order)
        kind = "compulsory" if sysctl.panic_on_oom == _COMPULSORY else "system-wide"
        panic(kernel, f"Out of memory: {kind} panic_on_oom is enabled")
    if sysctl.oom_kill_allocating_task and not unkillable(current):
        dump_header(kernel, current, gfp, order)
        return oom_kill_process(kernel, current, 0, "Out of memory (oom_kill_allocating_task)")
    victim = select_bad_process(kernel, nodes)
    dump_header(kernel, current, gfp, order)
    if victim is None:
        panic(kernel, NOBODY_LEFT)
    points = oom_badness(kernel, victim, _total_of(kernel, nodes) if nodes is not None else 0)
    return oom_kill_process(kernel, victim, points, "Out of memory")


def oom_kill_process(
    kernel: Kernel, task: Task, points: int, message: str, among: tuple[list[Task], int] | None = None
) -> Task:
    """Announce the death of a task, or of its worst child in its stead; returns who is to be killed.

    `among`: the tasks of a memory cgroup, and the pages that their scores are measured by.
    """
    tasks, total = among if among is not None else (list(kernel.tasks.values()), 0)
    say = f"{message}: Kill process {task.pid} ({task.name}) score {points} or sacrifice child"
    kernel.trace.emit(Printk(say))
    children = [child for child in tasks if child.parent == task.pid and child.mm is not task.mm]
    victim = worst(kernel, children, total) or task
    mm = victim.mm
    if mm is not None:
        kernel.trace.emit(
            Printk(
                f"Killed process {victim.pid} ({victim.name}) total-vm:{mm.total_vm * 4}kB, "
                f"anon-rss:{mm.seen_anon_rss * 4}kB, file-rss:{mm.seen_file_rss * 4}kB"
            )
        )
    return victim
