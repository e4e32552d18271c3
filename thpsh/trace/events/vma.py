"""System calls that change address spaces, and what they do to VMAs."""

from __future__ import annotations

from dataclasses import dataclass

from thpsh.trace.event import Event


@dataclass(frozen=True, slots=True)
class Syscall(Event):
    """A process called the kernel: the cause of what follows."""

    pid: int
    name: str
    address: int = 0
    length: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class VmaMerge(Event):
    """A range became part of a neighbouring VMA."""

    pid: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class VmaSplit(Event):
    """A VMA was cut in two."""

    pid: int
    address: int


@dataclass(frozen=True, slots=True)
class Fork(Event):
    """A process was copied."""

    pid: int
    child: int
    name: str


@dataclass(frozen=True, slots=True)
class Exit(Event):
    """A process is gone."""

    pid: int
    name: str
    signal: str = ""
