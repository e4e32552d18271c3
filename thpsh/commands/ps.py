"""ps: the processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show
from thpsh.scenario.subjects import state_of

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the process table; the dead stay until they are reaped."""
    rows = []
    for task in call.kernel.tasks.values():
        mm = task.mm
        size, rss = (mm.total_vm * 4, mm.rss * 4) if mm is not None else (0, 0)
        state = state_of(task)
        name = f"[{task.name}]" if task.kthread else task.name
        rows.append((task.pid, task.parent, state, size, rss, task.min_flt, task.maj_flt, name))
    columns = ("PID", "PPID", "STATE", "VSZ", "RSS", "MINFLT", "MAJFLT", "NAME")
    show(Report(columns, rows, unit="VSZ and RSS in kB"), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="ps",
    group="Processes",
    summary="list the processes",
    example="ps",
    arguments=json_argument,
    run=run,
    details="VSZ and RSS in kB; MINFLT and MAJFLT are page faults since the start. A process\n"
    "that has ended is listed, dead, until `reap`.",
)
