"""hint: help in a lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.commands.taking import current

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the next hint of the lesson."""
    course = current(call.session)
    hints = course.lesson.hints
    if course.hints >= len(hints):
        call.print("no more hints; `solution` shows a way")
        return
    call.print(hints[course.hints].text)
    course.hints += 1


COMMAND = Command(
    name="hint",
    group="Learning",
    summary="the next hint of the lesson",
    example="lesson 1; hint",
    arguments=no_arguments,
    run=run,
)
