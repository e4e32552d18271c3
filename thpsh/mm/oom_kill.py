"""Who dies when memory ends (mm/oom_kill.c: oom_badness, select_bad_process, out_of_memory)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from thpsh.mm.oom_report import dump_header
from thpsh.mm.panic import panic
from thpsh.mm.ratelimit import printk_ratelimit
from thpsh.structs.c_int import as_int
from thpsh.structs.mempolicy import PolicyMode
from thpsh.structs.task import INIT_PID
from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

_ROOT_BONUS: Final = 30
_SCALE: Final = 1000
_ULONG: Final = 1 << 64
UNKILLABLE: Final = -1000
NOBODY_LEFT: Final = "Out of memory and no killable processes..."
_COMPULSORY: Final = 2  # of panic_on_oom


def unkillable(task: Task) -> bool:
    """Is a task out of the question: init, a kernel thread, dead, or exempt by its score?"""
    return task.mm is None or task.dead or task.pid == INIT_PID or task.oom_score_adj == UNKILLABLE


class Choice(NamedTuple):
    """Among whom the killer chooses, and the pages that their scores are measured by; 0: all memory and swap."""

    tasks: list[Task]
    total: int = 0


def oom_badness(kernel: Kernel, task: Task, total: int = 0) -> int:
    """The score of a task in thousandths of memory and swap, or of the `total` pages given; 0: it is never picked."""
    mm = task.mm
    if mm is None or unkillable(task):
        return 0
    points = mm.seen_rss + mm.seen_swap_ents
    total = max(1, total or kernel.totals.total_pages + kernel.swap.total)
    if kernel.features.oom_badness_ptes:
        points = as_int(as_int((points + mm.nr_ptes) * _SCALE) % _ULONG // total)  # 8 GiB are too many for an int
    else:
        points = points * _SCALE // total
    points -= _ROOT_BONUS
    return min(max(1, points + task.oom_score_adj), _SCALE)


def select_bad_process(kernel: Kernel, nodes: tuple[int, ...] | None = None) -> Task | None:
    """The task with the highest score, the oldest among equals; None when nobody may be killed.

    `nodes`: where memory ended for a bound policy; who is bound to others cannot help.
    """
    return worst(kernel, *_choice(kernel, nodes))


def _choice(kernel: Kernel, nodes: tuple[int, ...] | None) -> Choice:
    tasks = list(kernel.tasks.values())
    if nodes is None:
        return Choice(tasks)
    return Choice([task for task in tasks if may_use(task, nodes)], _total_of(kernel, nodes))


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
    choice = _choice(kernel, nodes)
    header = partial(dump_header, kernel, current, gfp, order, members=choice.tasks)
    check_panic_on_oom(kernel, header, constrained=nodes is not None)
    if sysctl.oom_kill_allocating_task and not unkillable(current):
        return oom_kill_process(kernel, current, 0, "Out of memory (oom_kill_allocating_task)", choice, header)
    victim = worst(kernel, *choice)
    if victim is None:
        header()
        panic(kernel, NOBODY_LEFT)
    points = oom_badness(kernel, victim, choice.total)
    return oom_kill_process(kernel, victim, points, "Out of memory", choice, header)


def check_panic_on_oom(kernel: Kernel, header: Callable[[], None], *, constrained: bool) -> None:
    """Panic, if panic_on_oom says so: 1 where all memory has ended, 2 also where a policy or a group is the reason."""
    mode = kernel.sysctl.panic_on_oom
    if mode and (mode == _COMPULSORY or not constrained):
        header()
        panic(
            kernel, f"Out of memory: {'compulsory' if mode == _COMPULSORY else 'system-wide'} panic_on_oom is enabled"
        )


def oom_kill_process(
    kernel: Kernel, task: Task, points: int, message: str, choice: Choice, header: Callable[[], None]
) -> Task:
    """Announce the death of a task, or of its worst child in its stead; returns who is to be killed."""
    if printk_ratelimit(kernel, "oom_kill_process"):
        header()
    say = f"{message}: Kill process {task.pid} ({task.name}) score {points} or sacrifice child"
    kernel.trace.emit(Printk(say))
    children = [child for child in choice.tasks if child.parent == task.pid and child.mm is not task.mm]
    victim = worst(kernel, children, choice.total) or task
    mm = victim.mm
    if mm is not None:
        kernel.trace.emit(
            Printk(
                f"Killed process {victim.pid} ({victim.name}) total-vm:{mm.total_vm * 4}kB, "
                f"anon-rss:{mm.seen_anon_rss * 4}kB, file-rss:{mm.seen_file_rss * 4}kB"
            )
        )
    return victim
