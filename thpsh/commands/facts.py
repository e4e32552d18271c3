"""Facts: what a host looks like, as words that can be compared (`snapshot diff`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.observe.counters import counters
from thpsh.scenario.subjects import state_of

if TYPE_CHECKING:
    from thpsh.commands.session import Session

_KNOBS: Final = "/sys/kernel/mm/transparent_hugepage"


def facts(session: Session) -> dict[str, int | str]:
    """Knobs, /proc/meminfo, counters and the processes of a session's host; looking takes no time."""
    kernel = session.machine.kernel
    found: dict[str, int | str] = {}
    for pattern in (f"{_KNOBS}/*", f"{_KNOBS}/khugepaged/*"):
        for path in session.glob(pattern):
            if path != f"{_KNOBS}/khugepaged":
                found[path.removeprefix(f"{_KNOBS}/")] = session.peek(path).strip()
    for line in session.peek("/proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        found[name] = value.strip()
    found |= counters(kernel, session.machine.vm_events)
    for task in kernel.tasks.values():
        found[f"{task.name} state"] = state_of(task)
        if task.mm is not None:
            found[f"{task.name} RSS"] = f"{task.mm.rss * 4} kB"
            found[f"{task.name} VMAs"] = len(task.mm.vmas)
    return found
