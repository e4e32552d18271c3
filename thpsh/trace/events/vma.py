"""System calls that change address spaces, and what they do to VMAs."""

from __future__ import annotations

from thpsh.record import record
from thpsh.trace.event import Event


@record(frozen=True)
class Syscall(Event):
    """A process called the kernel: the cause of what follows."""

    pid: int
    name: str
    address: int = 0
    length: int = 0
    detail: str = ""


@record(frozen=True)
class VmaMerge(Event):
    """A range became part of a neighbouring VMA."""

    pid: int
    start: int
    end: int


@record(frozen=True)
class VmaSplit(Event):
    """A VMA was cut in two."""

    pid: int
    address: int


@record(frozen=True)
class Fork(Event):
    """A process was copied."""

    pid: int
    child: int
    name: str


@record(frozen=True)
class Exit(Event):
    """A process is gone."""

    pid: int
    name: str
    signal: str = ""
