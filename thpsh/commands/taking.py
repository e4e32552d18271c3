"""Taking a lesson at the prompt: a host of its own, and goals that are noticed when they are reached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from thpsh.boot import boot
from thpsh.commands.machine_options import spec_from_keys
from thpsh.errors import UsageError
from thpsh.machine.attempt import attempt
from thpsh.scenario import syntax
from thpsh.scenario.course import Course, debrief, go_on, reached
from thpsh.scenario.lesson import machine_of, read_lesson
from thpsh.scenario.parser import parse

if TYPE_CHECKING:
    from thpsh.commands.session import Session
    from thpsh.line.environment import Sink
    from thpsh.scenario.course import Runner
    from thpsh.scenario.lesson import Lesson

PROGRESS: Final = "lessons.json"
_ABOUT_IT: Final = ("lesson", "predict", "goal", "hint", "solution")  # commands that are no try at the task


def open_lesson(session: Session, path: str) -> Lesson:
    """Read and check a lesson file; UsageError names the line that is wrong."""
    return read_lesson(parse(path, session.host_files.read(path), syntax.complete))


def current(session: Session) -> Course:
    """The lesson that is being taken; UsageError if there is none."""
    course = session.course
    if course is None or course.machine is not session.machine:
        raise UsageError("no lesson is being taken; `lesson` lists them, `lesson 1` begins with the first")
    return course


def begin(session: Session, lesson: Lesson, out: Sink) -> Course:
    """Boot the lesson's host and tell what comes before its task."""
    spec = spec_from_keys(machine_of(lesson))
    session.attach(boot(spec), spec)
    course = session.course = Course(lesson, session.machine)
    session.courses.append(course)
    out.write(f"{lesson.title}\n{'=' * len(lesson.title)}\n")
    go_on(course, session, typist(session), out)
    return course


def typist(session: Session) -> Runner:
    """Who types the lines of a lesson at the session's host."""

    def type_line(line: str, out: Sink) -> int:
        return session.interpreter.run(line, out, out)

    return type_line


def goals_reached(session: Session, course: Course) -> list[bool]:
    """Which goals hold; looking at them leaves no trace on the host or in the session."""
    counted = (session.before_last, session.before)
    try:
        return attempt(session.steps, (session.machine, session.spec), lambda: reached(course, session))
    finally:
        session.before_last, session.before = counted


def after_line(session: Session, out: Sink) -> None:
    """After a typed line: if it reached the goals of the lesson, tell the debrief and keep the progress."""
    course = session.course
    if course is None or course.done or not course.ready or course.machine is not session.machine:
        return
    words = session.history[-1].split()
    course.commands += bool(words) and words[0] not in _ABOUT_IT
    if session.machine.kernel.totals.panic or not all(goals_reached(session, course)):
        return
    course.done = True
    debrief(course, typist(session), out)
    keep(session, course.lesson.name)


def progress(session: Session) -> set[str]:
    """The names of the lessons this user has done."""
    try:
        found = json.loads(session.host_files.read_state(PROGRESS) or "[]")
    except json.JSONDecodeError:
        return set()
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()


def keep(session: Session, name: str) -> None:
    """Note a lesson as done."""
    session.host_files.write_state(PROGRESS, json.dumps(sorted({*progress(session), name})) + "\n")
