"""goal: how far one is in a lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thpsh.commands.command import Command, no_arguments
from thpsh.commands.taking import current, goals_reached

if TYPE_CHECKING:
    from thpsh.commands.call import Call


def run(call: Call) -> None:
    """Print the goals of the lesson, each with a mark."""
    course = current(call.session)
    if not course.ready:
        call.print("first answer the question: predict VALUE")
        return
    held = goals_reached(call.session, course)
    for goal, mark in zip(course.lesson.goals, held, strict=True):
        call.print(f"[{'x' if mark else ' '}] {goal.text}")


COMMAND = Command(
    name="goal",
    group="Learning",
    summary="the goals of the lesson, and which are reached",
    example="lesson 1; predict 1; goal",
    arguments=no_arguments,
    run=run,
)
