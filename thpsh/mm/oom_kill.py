"""Who dies when memory ends (mm/oom_kill.c: oom_badness, select_bad_process)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.trace.events.printk import Printk

if TYPE_CHECKING:
    from thpsh.structs.kernel import Kernel
    from thpsh.structs.task import Task

_ROOT_BONUS: Final = 30
_SCALE: Final = 1000
UNKILLABLE: Final = -1000
INIT_PID: Final = 1


def oom_badness(kernel: Kernel, task: Task) -> int:
    """The score of a task, 0 to 1000 thousandths of memory; 0 means that it is never picked."""
    mm = task.mm
    if mm is None or task.dead or task.pid == INIT_PID or task.oom_score_adj == UNKILLABLE:
        return 0
    points = mm.seen_rss + mm.nr_ptes + mm.swap_ents
    points = points * _SCALE // max(1, kernel.totals.total_pages)
    points -= _ROOT_BONUS
    return min(max(1, points + task.oom_score_adj), _SCALE)


def select_bad_process(kernel: Kernel) -> Task | None:
    """The task with the highest score, the oldest among equals; None when nobody may be killed."""
    chosen: Task | None = None
    best = 0
    for task in kernel.tasks.values():
        points = oom_badness(kernel, task)
        if points > best:
            chosen, best = task, points
    return chosen


def report(kernel: Kernel, victim: Task) -> None:
    """Say in the kernel log who dies (oom_kill_process)."""
    mm = victim.mm
    if mm is None:
        return
    points = oom_badness(kernel, victim)
    kernel.trace.emit(Printk(
        f"Out of memory: Kill process {victim.pid} ({victim.name}) score {points} or sacrifice child\n"
        f"Killed process {victim.pid} ({victim.name}) total-vm:{mm.total_vm * 4}kB, "
        f"anon-rss:{mm.anon_rss * 4}kB, file-rss:{mm.file_rss * 4}kB"
    ))  # fmt: skip
