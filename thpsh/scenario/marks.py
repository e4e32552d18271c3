"""Marks: the values that `+=` counts from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from thpsh.errors import KernelError, UsageError
from thpsh.scenario import subjects
from thpsh.scenario.replay import Mark

if TYPE_CHECKING:
    from thpsh.scenario.session import Session

# What every mark notes; files that cost a walk of page tables are noted when an expectation is known to ask for them.
NOTED: Final = (
    "/proc/meminfo",
    "/proc/vmstat",
    "/proc/buddyinfo",
    "/sys/kernel/mm/transparent_hugepage/khugepaged/*",
    "/sys/devices/system/node/node*/meminfo",
    "/sys/devices/system/node/node*/numastat",
    "/sys/devices/system/node/node*/vmstat",
    "/proc/[0-9]*/stat",
    "/proc/[0-9]*/statm",
    "/proc/[0-9]*/status",
)
_PROCESS_FILE: Final = re.compile(r"/proc/([^/]+)/([^/]+)")


def mark(session: Session, name: str = "") -> Mark:
    """Note the values of now."""
    replay = session.replay
    new = Mark(name, session.machine.kernel.trace.number)
    for pattern in NOTED:
        paths = session.glob(pattern) if "*" in pattern else [pattern]
        for path in paths:
            text = _text(session, path)
            if text is not None:
                new.texts[path] = text
    for words in replay.watched.values():
        _note(session, new, words)
    replay.mark = new
    if name:
        replay.marks[name] = new.record
    return new


def watch(session: Session, words: tuple[str, ...]) -> None:
    """Note a subject at the marks to come."""
    session.replay.watched.setdefault(" ".join(words), words)


def base(session: Session, words: tuple[str, ...]) -> str:
    """The value of a subject at the mark."""
    noted = session.replay.mark
    if noted is None:
        raise UsageError("+=: expected a `mark` before it")
    if words[0] == "trace":
        return "0"
    key = " ".join(words)
    if key in noted.values:
        return noted.values[key]
    if words[0].startswith("/"):
        found = _noted_text(session, noted, words)
        if found is not None:
            return found
    watch(session, words)
    raise UsageError(f"+=: {key} was not noted at the mark; it will be at the next one")


def _noted_text(session: Session, noted: Mark, words: tuple[str, ...]) -> str | None:
    """The value of a key in a file noted at the mark; 0 for a process that did not exist then."""
    path = _by_pid(session, words[0])
    text = noted.texts.get(path)
    if text is None:
        made_since = _PROCESS_FILE.fullmatch(path) is not None and _is_noted_kind(path)
        return "0" if made_since else None
    return subjects.file_value(session, path, words[1:], text)


def _is_noted_kind(path: str) -> bool:
    """Would a mark have noted this file of a process, had it been there?"""
    return path.rpartition("/")[2] in ("stat", "statm", "status")


def _by_pid(session: Session, path: str) -> str:
    """A path under /proc with the process named by pid."""
    match = _PROCESS_FILE.fullmatch(path)
    if match is None or match[1].isdigit():
        return path
    try:
        task = subjects.find_task(session, match[1])
    except UsageError:
        return path
    return f"/proc/{task.pid}/{match[2]}"


def _text(session: Session, path: str) -> str | None:
    """The text of a file, if it can be read."""
    try:
        return session.peek(path)
    except KernelError:
        return None


def _note(session: Session, new: Mark, words: tuple[str, ...]) -> None:
    """Note one watched subject; what does not exist yet counts from 0."""
    try:
        value = subjects.subject_value(session, words, "==")
    except (KernelError, UsageError):
        value = None
    new.values[" ".join(words)] = "0" if value is None else value
