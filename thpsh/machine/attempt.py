"""Doing something on trial, and what was typed when."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from thpsh.machine.history import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.machine.history import History, Host

T = TypeVar("T")


def attempt(history: History, host: Host, act: Callable[[], T]) -> T:
    """Do something and take it back, as if it had never been; what it returned or raised remains."""
    history.cut(host)
    machine = host[0]
    layer, marks = machine.kernel.journal.begin(), machine.marks()
    machine.trace.on = False  # what would be pushed out of the buffer would stay out
    try:
        return act()
    finally:
        Part(machine, layer.saved, marks).exchange()
        if history.open is not None:
            history.begin(history.open.line, host)


def typed_lines(history: History) -> list[tuple[int, str]]:
    """What was typed, oldest first, each with the number that the next trace record had then."""
    return [(step.parts[0].marks[0][2], step.line) for step in history.steps if step.parts]
