"""A line that was typed, with what became of it: what `save` writes down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.record import record

if TYPE_CHECKING:
    from thpsh.machine.history import Step


@record(eq=False)
class TypedLine:
    """One line of a session."""

    text: str
    status: int
    errno: str  # of the command that failed last in it; empty if none did
    step: Step | None  # the way back, if it changed the host

    @property
    def stands(self) -> bool:
        """Is what it did still there? Undone lines, and those that undid or did again, are left out."""
        words = self.text.split()
        return not (self.step is not None and self.step.undone) and words[:1] not in (["undo"], ["redo"], ["save"])
