"""Kinds of words for completion: what there is of each on the host, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands import registry
from thpsh.errors import Errno
from thpsh.explain.counter import names
from thpsh.line.filters.known import FILTERS
from thpsh.mm.cgroup import all_groups
from thpsh.mm.madvise import NAMES
from thpsh.record import record
from thpsh.releases import CHANGES, known_releases
from thpsh.scenario.fails import SIGNALS
from thpsh.scenario.lesson import name_of as read_name
from thpsh.scenario.subjects import event_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.commands.session import Session
    from thpsh.structs.task import Task

_SYSCTL: Final = "/proc/sys/"


@record(frozen=True)
class Word:
    """One candidate: what it inserts, what the list shows, and what is said about it."""

    text: str
    shown: str = ""
    meta: str = ""


def command_names() -> list[Word]:
    """Commands and filters with what they do."""
    found = [(name, _summary(name)) for name in registry.names()]
    found += [(name, each.summary) for name, each in FILTERS.items()]
    return [Word(name, name, summary) for name, summary in sorted(found)]


def _summary(name: str) -> str:
    """What a command does."""
    command = registry.find(name)
    return command.summary if command is not None else ""


def processes(session: Session, _: Task | None) -> list[Word]:
    """Names of the living processes that have memory."""
    tasks = session.machine.kernel.tasks.values()
    return [Word(task.name, task.name, f"pid {task.pid}") for task in tasks if task.mm is not None and not task.dead]


def _regions(_: Session, task: Task | None) -> list[Word]:
    """Names of the regions of a process."""
    if task is None:
        return []
    named = [Word(name, name, f"{region.length >> 10} KiB") for name, region in task.regions.items()]
    return [*named, Word("heap"), Word("stack")]


def _advice(_: Session, __: Task | None) -> list[Word]:
    """The words of madvise."""
    return [Word(name) for name in sorted(set(NAMES.values()))]


def _changes(_session: Session, _: Task | None) -> list[Word]:
    """The commits of the history by number, and the other changes by id."""
    return [Word(change.name, change.name, change.summary) for change in CHANGES]


def _lessons(session: Session, _: Task | None) -> list[Word]:
    """The shipped lessons by name, and what else can be done with lessons."""
    shipped = [read_name(path) for path in session.host_files.lessons()]
    return [Word(name) for name in (*shipped, "stop", "new", "check")]


def _zones(session: Session, _: Task | None) -> list[Word]:
    """The kinds of zones of the host."""
    return [Word(label) for label in dict.fromkeys(zone.kind.label for zone in session.machine.kernel.zones)]


def _snapshots(session: Session, _: Task | None) -> list[Word]:
    """The snapshots by name."""
    return [Word(each.name, each.name, f"at {each.time / 1e9:.3f} s") for each in session.steps.snapshots.values()]


def _past(session: Session, task: Task | None) -> list[Word]:
    """Places to look back to: marks and snapshots."""
    last = [Word("mark", "mark", "the last one")] * (session.replay.mark is not None)
    return [*last, *(Word(name, name, "a mark") for name in session.replay.marks), *_snapshots(session, task)]


def groups(session: Session, _: Task | None) -> list[Word]:
    """The memory cgroups below the root."""
    paths = sorted(memcg.path.lstrip("/") for memcg in all_groups(session.machine.kernel))
    return [Word(path) for path in paths if path]


def _swap(session: Session, _: Task | None) -> list[Word]:
    """The swap devices in use."""
    return [Word(device.name) for device in session.machine.kernel.swap.devices.values()]


def _sysctls(session: Session, _: Task | None) -> list[Word]:
    """The names of all settings in /proc/sys."""
    vfs = session.vfs
    found = [path for path in vfs.glob(f"{_SYSCTL}*/*") if vfs.kind(path) == "file"]
    return [Word(path.removeprefix(_SYSCTL).replace("/", ".")) for path in found]


def failures() -> list[Word]:
    """What a command can fail with."""
    return [*(Word(each.name, each.name, each.message) for each in Errno), *map(Word, SIGNALS)]


KINDS: Final[dict[str, Callable[[Session, Task | None], list[Word]]]] = {
    "proc": processes,
    "region": _regions,
    "addr": _regions,
    "advice": _advice,
    "command": lambda _session, _task: command_names(),
    "scenario": lambda session, _task: [Word(name) for name in session.host_files.shipped()],
    "change": _changes,
    "lesson": _lessons,
    "explained": lambda session, task: [*processes(session, task), *map(Word, names())],
    "errno": lambda _session, _task: [Word(each.name, each.name, each.message) for each in Errno],
    "revert": _changes,
    "apply": _changes,
    "kernel": lambda _session, _task: [Word(name) for name in known_releases()],
    "runnable": lambda session, task: [*processes(session, task), Word("khugepaged", "khugepaged", "the thread")],
    "zone": _zones,
    "snapshot": _snapshots,
    "since": _past,
    "cgroup": groups,
    "swap": _swap,
    "sysctl": _sysctls,
    "event": lambda _session, _task: [Word(name) for name in sorted(event_names())],
}
