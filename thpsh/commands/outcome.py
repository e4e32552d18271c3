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
            call.err.write("    the host is out of memory; dmesg says more\n")
        return 1
    if report.killed:
        call.print(f"{report.killed} was killed: the host ran out of memory")
    if task.dead:
        return 1
    return 0
