"""How the end of a process is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thpsh.commands.call import Call
    from thpsh.mm.fault import TouchReport
    from thpsh.structs.task import Task


def say_killed(call: Call, task: Task, report: TouchReport) -> int:
    """Print who died of an access, if anybody did; returns the status."""
    if report.signal:
        at = f" at {report.at:#x}" if report.at is not None else ""
        call.err.write(f"{call.argv[0]}: killed by {report.signal}{at}\n")
        if report.signal == "SIGKILL":
            why = f"{report.group} is at its limit" if report.group else "the host is out of memory"
            call.err.write(f"    {why}; dmesg says more\n")
        return 1
    if report.hangs is not None:
        call.err.write(
            f"{call.argv[0]}: {task.name} hangs: it faults at {report.hangs:#x} again and again, and nothing changes\n"
            "    the entry forbids what its VMA allows; thpsh stopped watching after 1000 faults\n"
        )
        return 1
    if report.killed:
        why = f"{report.group} was at its limit" if report.group else "the host ran out of memory"
        call.print(f"{report.killed} was killed: {why}")
    if report.asleep:
        call.print(f"{task.name} sleeps in a fault: {report.asleep} is at its limit and has its OOM killer off")
    if task.dead:
        return 1
    return 0
