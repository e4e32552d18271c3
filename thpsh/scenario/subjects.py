"""Subjects: what an expectation looks at, and how its value is found."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import KernelError, UsageError
from thpsh.scenario import lookup
from thpsh.scenario.comparison import NUMERIC

if TYPE_CHECKING:
    from thpsh.scenario.session import Session
    from thpsh.structs.task import Task

_TRACE_VIEWS: Final = (("show",), ("lint",))
TEXTUAL: Final = ("contains", "matches")
_SMAPS: Final = re.compile(r"/proc/([^/]+)/smaps")


def check_subject(words: tuple[str, ...], op: str, session: Session) -> None:
    """UsageError if such a subject does not exist or cannot be compared that way."""
    kind = words[0]
    if kind == "trace" and words[1:2] not in _TRACE_VIEWS:
        if len(words) != 2 or op not in ("==", "!=", *NUMERIC):
            raise UsageError("expected `trace EVENT OP COUNT` with a numeric OP")
        check_event(words[1])
    elif kind == "dmesg":
        if len(words) != 1 or op not in TEXTUAL:
            raise UsageError("expected `dmesg contains TEXT` or `dmesg matches REGEX`")
    elif kind == "ps":
        if len(words) != 2:
            raise UsageError("expected `ps PROC OP STATE`")
    elif not kind.startswith("/") and not session.knows(kind):
        raise UsageError(f"{kind!r}: expected a file (/proc/…, /sys/…), a view, trace, dmesg or ps")


def check_event(name: str) -> None:
    """UsageError unless the trace can hold such an event."""
    known = event_names()
    if name not in known:
        raise UsageError(f"trace {name}: no such event; known: {', '.join(sorted(known))}")


def event_names() -> set[str]:
    """The names of all events."""
    from importlib import import_module
    from pkgutil import iter_modules

    from thpsh.trace import events
    from thpsh.trace.event import Event

    for module in iter_modules(events.__path__, "thpsh.trace.events."):
        import_module(module.name)
    names, classes = set(), list(Event.__subclasses__())
    while classes:
        kind = classes.pop()
        names.add(kind.tracepoint())
        classes += kind.__subclasses__()
    return names


def subject_value(session: Session, words: tuple[str, ...], op: str) -> str | None:
    """The value now; None if the place has no such key. KernelError if it cannot be read."""
    kind = words[0]
    if kind.startswith("/"):
        return file_value(session, kind, words[1:], session.peek(kind))
    if kind == "trace" and words[1:2] not in _TRACE_VIEWS:
        mark = session.replay.mark
        first = mark.record if op == "+=" and mark else 0
        return str(event_count(session, words[1], first))
    if kind == "dmesg":
        return session.machine.dmesg.text()
    if kind == "ps":
        return process_state(session, words[1])
    return view_value(session, words, op)


def file_value(session: Session, path: str, keys: tuple[str, ...], text: str) -> str | None:
    """The value of a key in a file's text; `smaps` takes a region, too."""
    smaps = _SMAPS.fullmatch(path)
    if smaps is None or not keys or len(keys) > 2:
        return lookup.value(path, text, keys)
    start, end = 0, 1 << 64
    if len(keys) == 2:
        start, end = region_range(find_task(session, smaps[1]), keys[0])
    return lookup.smaps_sum(text, keys[-1], start, end)


def find_task(session: Session, word: str) -> Task:
    """The newest process of a name or pid."""
    for task in reversed(session.machine.kernel.tasks.values()):
        if word in (task.name, str(task.pid)):
            return task
    raise UsageError(f"{word!r}: no such process")


def region_range(task: Task, name: str) -> tuple[int, int]:
    """First byte and end of a region, `heap` or `stack` of a process."""
    region = task.regions.get(name)
    if region is not None:
        return region.start, region.end
    mm = task.mm
    if mm is not None and name == "heap":
        return mm.start_brk, mm.brk
    if mm is not None and name == "stack":
        vma = mm.find_vma(mm.start_stack)
        if vma is not None:
            return vma.start, vma.end
    known = ", ".join([*task.regions, "heap", "stack"])
    raise UsageError(f"{name!r}: {task.name} has no such region; it has {known}")


def event_count(session: Session, name: str, first: int) -> int:
    """How many events of a name the trace buffer holds, from a record number on; a range counts by its length."""
    records = session.machine.trace.records
    return sum(
        getattr(record.event, "count", 1)
        for record in records
        if record.number >= first and record.event.tracepoint() == name
    )


def process_state(session: Session, word: str) -> str:
    """running, sleeping, … as `ps` says; `gone` when there is no such process, `killed by SIGNAL` when one was."""
    try:
        task = find_task(session, word)
    except UsageError:
        return "gone"
    return state_of(task)


def state_of(task: Task) -> str:
    """The state of a process as `ps` and `expect ps` say it."""
    if task.killed_by:
        return f"killed by {task.killed_by}"
    return "dead" if task.dead else task.state.value.partition("(")[2].rstrip(")")


def view_value(session: Session, words: tuple[str, ...], op: str) -> str | None:
    """The first word a view prints; of the field named last, if the view does not take that word."""
    text = _run_view(session, words)
    if text is None and len(words) > 1:
        text = _run_view(session, words[:-1])
        if text is not None:
            return lookup.column(text, words[-1])
    if text is None:
        raise UsageError(f"{' '.join(words)}: the view does not take these words")
    if op in TEXTUAL:
        return text
    return (text.split() or [""])[0]


def _run_view(session: Session, words: tuple[str, ...]) -> str | None:
    """What a view prints; None if it refuses its words. KernelError passes if it fails."""
    try:
        session.check(words)
    except UsageError:
        return None
    out, err = io.StringIO(), io.StringIO()
    status = session.command(words, None, out, err)
    if status == 2:
        return None
    if status:
        raise UsageError(err.getvalue().strip() or f"{words[0]}: status {status}")
    return out.getvalue()


def read_error(error: KernelError) -> str:
    """How a value that cannot be read is shown."""
    return f"cannot be read: {error}"
