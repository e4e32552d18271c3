"""solution: a way through the task of a lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.commands.taking import current

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print lines that reach the goals; typing them is left to the learner."""
    course = current(call.session)
    course.solution_shown = True
    for step in course.lesson.solution:
        call.print(step.text)


COMMAND = Command(
    name="solution",
    group="Learning",
    summary="lines that reach the goals of the lesson",
    example="lesson 1; solution",
    arguments=no_arguments,
    run=run,
)
