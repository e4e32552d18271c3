"""Check: one condition of a decision, with the value that was found."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from thpsh.record import field, record

if TYPE_CHECKING:
    from collections.abc import Iterator


class State(Enum):
    """How a condition comes out; the values are the marks that are printed."""

    OK = "ok"
    NO = "NO"
    SKIPPED = "--"


@record(frozen=True)
class Check:
    """A condition, the kernel function that tests it, and what it finds now."""

    id: str
    function: str
    asks: str
    found: str
    state: State


@record
class Decision:
    """The conditions of one decision, in the order in which the kernel tests them.

    All of them are looked at, also those behind the first that says no: each `NO` has to go.
    """

    question: str
    checks: list[Check] = field(default_factory=list)

    def ask(self, name: str, function: str, asks: str, found: str, *, holds: bool) -> bool:
        """Add a condition; returns whether it holds."""
        self.checks.append(Check(name, function, asks, found, State.OK if holds else State.NO))
        return holds

    def skip(self, name: str, function: str, asks: str, reason: str) -> None:
        """Add a condition that the kernel does not come to."""
        self.checks.append(Check(name, function, asks, reason, State.SKIPPED))

    @property
    def failing(self) -> Iterator[Check]:
        """The conditions that say no."""
        return (check for check in self.checks if check.state is State.NO)

    @property
    def answer(self) -> bool:
        """Do all conditions hold?"""
        return not any(self.failing)
