"""/sys/kernel/debug/tracing: the trace as a kernel prints it (kernel/trace/trace.c: print_trace_fmt).

`trace` has one line for each event. Names are those of tracepoints where the kernel of the time had one; the fields are
ours, since one event of ours may stand for a range of pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from thpsh.errors import Errno, KernelError
from thpsh.fs.vfile import Place, VFile

if TYPE_CHECKING:
    from thpsh.machine import Machine
    from thpsh.trace.event import Record

ROOT: Final = "/sys/kernel/debug/tracing"
_HEADER: Final = """\
# tracer: nop
#
#           TASK-PID    CPU#    TIMESTAMP  FUNCTION
#              | |       |          |         |
"""
_NS_PER_US: Final = 1000
_US_PER_S: Final = 10**6
_HEXADECIMAL: Final = ("address", "start", "end", "pfn", "gfp")


def _trace_show(place: Place) -> str:
    machine = place.machine
    return _HEADER + "".join(_line(machine, record) for record in machine.trace.records)


def _trace_store(place: Place, text: str) -> int:
    """Any write empties the buffer."""
    place.machine.trace.clear()
    return len(text)


def _line(machine: Machine, record: Record) -> str:
    name, pid, cpu = _whose(machine, record)
    seconds, rest = divmod(record.time // _NS_PER_US, _US_PER_S)
    values = " ".join(f"{key}={_shown(key, value)}" for key, value in record.event.values().items())
    task = f"{name[:15]:>16s}-{pid:<5d}"
    return f"{task} [{cpu:03d}] {seconds:5d}.{rest:06d}: {record.event.tracepoint()}: {values}".rstrip() + "\n"


def _whose(machine: Machine, record: Record) -> tuple[str, int, int]:
    """Name, pid and CPU of the task that an event happened in: its own, or that of what caused it."""
    tasks = machine.kernel.tasks
    found: Record | None = record
    while found is not None:
        pid = getattr(found.event, "pid", None)
        if pid in tasks:
            return tasks[pid].name, pid, tasks[pid].cpu
        found = machine.trace.find(found.cause) if found.cause is not None else None
    if record.event.tracepoint().startswith(("khugepaged", "mm_khugepaged", "mm_collapse")):
        daemon = next((task for task in tasks.values() if task.name == "khugepaged"), None)
        if daemon is not None:
            return daemon.name, daemon.pid, machine.kernel.khugepaged.cpu
    return "<idle>", 0, 0


def _shown(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and name in _HEXADECIMAL:
        return f"{value:#x}"
    return str(getattr(value, "value", value)).replace("\n", " / ")


def _on_show(place: Place) -> str:
    return f"{int(place.machine.trace.on)}\n"


def _on_store(place: Place, text: str) -> int:
    word = text.strip()
    if word not in ("0", "1"):
        raise KernelError(Errno.EINVAL, f"{word!r}: expected 0 or 1")
    place.machine.trace.on = word == "1"
    return len(text)


FILES = (
    VFile(f"{ROOT}/trace", _trace_show, _trace_store, 0o644),
    VFile(f"{ROOT}/tracing_on", _on_show, _on_store, 0o644),
)
