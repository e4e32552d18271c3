"""Grading: what somebody reached in a saved session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thpsh.boot import boot
from thpsh.commands.machine_options import spec_from_keys
from thpsh.commands.taking import goals_reached
from thpsh.line.environment import Capture
from thpsh.scenario import syntax
from thpsh.scenario.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from thpsh.commands.session import Session
    from thpsh.scenario.course import Course


class Untouched:
    """The files of a session that is graded: nothing of it reaches the user's progress."""

    def __init__(self, files: Any) -> None:
        self._files = files

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def read_state(self, _name: str) -> str:
        """No progress."""
        return ""

    def write_state(self, _name: str, _text: str) -> None:
        """Keep nothing."""

    def write(self, _path: str, _text: str) -> None:
        """Write nothing."""


def grade(outer: Session, path: str) -> dict[str, Any]:
    """Replay the lines of a file (one that `save` wrote, or plain lines) and say what was reached in each lesson.

    `lessons` holds for each lesson begun: its name, whether it was done, goals with `met`, hints asked for, whether the
    solution was shown, predictions with `right`, and how many lines were typed at it.
    """
    scenario = parse(path, outer.host_files.read(path), syntax.complete)
    spec = spec_from_keys(scenario.front.machine)
    make: Callable[..., Session] = type(outer)
    session = make(boot(spec), Untouched(outer.host_files), spec)
    for step in scenario.steps:
        if not step.narration:
            session.execute(step.text, Capture(), Capture())
    return {"file": path, "lessons": [_result(session, course) for course in session.courses]}


def _result(session: Session, course: Course) -> dict[str, Any]:
    lesson = course.lesson
    here = course.machine is session.machine and course.ready
    met = [True] * len(lesson.goals) if course.done else goals_reached(session, course) if here else None
    return {
        "lesson": lesson.name,
        "done": course.done,
        "goals": [{"goal": goal.text, "met": bool(met and met[place])} for place, goal in enumerate(lesson.goals)],
        "hints": course.hints,
        "solution_shown": course.solution_shown,
        "predictions": [
            {"question": each.question, "said": each.said, "found": each.found, "right": each.right}
            for each in course.answers
        ],
        "commands": course.commands,
    }
