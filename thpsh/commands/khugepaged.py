"""khugepaged: the thread that makes huge pages later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, json_argument
from thpsh.render.report import Report, show

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the state of the thread, its knobs and counters, and who is registered."""
    daemon = call.kernel.khugepaged
    rows = [
        ("running", "yes" if daemon.running else "no"),
        ("pages_to_scan", daemon.pages_to_scan),
        ("scan_sleep_millisecs", daemon.scan_sleep_millisecs),
        ("alloc_sleep_millisecs", daemon.alloc_sleep_millisecs),
        ("max_ptes_none", daemon.max_ptes_none),
        ("pages_collapsed", daemon.pages_collapsed),
        ("full_scans", daemon.full_scans),
    ]
    names = {task.mm: task.name for task in call.kernel.tasks.values() if task.mm is not None}
    registered = [names.get(mm, f"mm {mm.number}") for mm in daemon.mms]
    notes = (f"registered: {' '.join(registered) or 'nobody'}",)
    show(Report(("", "value"), rows, notes), call.out, as_json=call.option("json"))


COMMAND = Command(
    name="khugepaged",
    group="Views",
    summary="the state of khugepaged and who is registered with it",
    example="khugepaged",
    arguments=json_argument,
    run=run,
)
