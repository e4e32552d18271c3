"""Checking a lesson file: can its goals be reached, by the solution and not by doing nothing?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thpsh.commands.taking import begin, goals_reached, open_lesson, typist
from thpsh.errors import ThpshError
from thpsh.line.environment import Capture
from thpsh.scenario import expect, syntax
from thpsh.scenario.course import answer, go_on
from thpsh.scenario.lesson import as_scenario, words_of

if TYPE_CHECKING:
    from thpsh.commands.session import Session
    from thpsh.scenario.course import Course
    from thpsh.scenario.lesson import Lesson

WIDEST: Final = 80
_IDLE: Final = "tick 10m"


def complaints(outer: Session, path: str) -> list[str]:
    """What is wrong with a lesson, each with file and line; nothing if it can be taken."""
    try:
        lesson = open_lesson(outer, path)
        syntax.check(as_scenario(lesson), outer)
        for goal in lesson.goals:
            expect.check_words(outer, words_of(goal.text))
    except ThpshError as error:
        return [str(error)]
    found = _form(path, lesson)
    found += _outcome(outer, path, lesson)
    return found


def _form(path: str, lesson: Lesson) -> list[str]:
    found = []
    if not lesson.hints:
        found.append(f"{path}:{lesson.goals[0].line}: no hint; expected `hint TEXT`")
    if not lesson.solution:
        found.append(f"{path}:{lesson.goals[0].line}: no solution; expected `solution LINE`")
    if not lesson.scenario.front.title:
        found.append(f"{path}:1: no title in the front matter")
    narration = [step for step in (*lesson.before, *lesson.after) if step.narration]
    return found + [
        f"{path}:{step.line}: {len(step.text)} columns; expected at most {WIDEST}"
        for step in (*narration, *lesson.hints)
        if len(step.text) > WIDEST
    ]


def _outcome(outer: Session, path: str, lesson: Lesson) -> list[str]:
    """Take the lesson three times: as it begins, doing nothing, with the solution."""
    at_start, _ = _taken(outer, lesson, ())
    if all(at_start):
        return [f"{path}:{lesson.goals[0].line}: the goals are met already when the lesson begins"]
    idle, _ = _taken(outer, lesson, (_IDLE,))
    if all(idle):
        return [f"{path}:{lesson.goals[0].line}: the goals are met by doing nothing for ten minutes"]
    solved, said = _taken(outer, lesson, tuple(step.text for step in lesson.solution))
    found = [
        f"{path}:{step.line}: the solution fails: {text}"
        for step, text in zip(lesson.solution, said, strict=True)
        if text
    ]
    return found + [
        f"{path}:{goal.line}: the solution does not reach it: {goal.text}"
        for goal, held in zip(lesson.goals, solved, strict=True)
        if not held
    ]


def _taken(outer: Session, lesson: Lesson, lines: tuple[str, ...]) -> tuple[list[bool], list[str]]:
    """Which goals hold after some lines, and what each line said if it failed."""
    session = type(outer)(outer.machine, outer.host_files, outer.spec)
    out = Capture()
    course = begin(session, lesson, out)
    _answer_all(session, course)
    said = []
    for line in lines:
        errors = Capture()
        status = session.interpreter.run(line, out, errors)
        said.append(errors.text.strip() or f"status {status}" if status else "")
    return goals_reached(session, course), said


def _answer_all(session: Session, course: Course) -> None:
    out = Capture()
    while course.asked:
        answer(course, "?", session, typist(session), out)
        go_on(course, session, typist(session), out)
